/** Zarr folders as servers hold them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The files of a folder by their keys. */
export function folderFiles(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(folder, { recursive: true }) as string[];
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name.split(sep).join('/'), readFileSync(join(folder, name))]));
}

/** With `.zmetadata` as zarr.consolidate_metadata of Zarr 2 makes it: every metadata file by its key. */
export function consolidatedFolder(folder: string): Map<string, Uint8Array> {
  const files = folderFiles(folder);
  const metadata = Object.fromEntries(
    [...files]
      .filter(([key]) => /(^|\/)\.z(group|array|attrs)$/.test(key))
      .map(([key, bytes]) => [
        key,
        JSON.parse(
          Buffer.from(bytes)
            .toString('utf8')
            .replace(/\bNaN\b/g, '"NaN"'),
        ),
      ]),
  );
  const text = JSON.stringify({ metadata, zarr_consolidated_format: 1 });
  return files.set('.zmetadata', Buffer.from(text));
}
