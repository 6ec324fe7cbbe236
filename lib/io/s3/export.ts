/** Exports into S3: written as they would be on disk, then uploaded by parts. */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { stat } from '../stat.js';
import { makeTemporaryFolder } from '../temporary.js';
import type { PutOptions } from './upload.js';
import { isS3Url, s3Location } from './url.js';

/**
 * Has `write` write at `path`; where that is an S3 URL, at a temporary path of the same name, and puts what then lies there into
 * the bucket: the file and those beside it, or all of a folder. Each object appears whole or not at all, the named one last.
 *
 * @throws OptionError for an S3 URL without a key, NotFoundError for a missing bucket, RemoteError
 */
export async function writeTo(
  path: unknown,
  options: PutOptions,
  write: (path: string) => Promise<void>,
  option = 'path',
): Promise<void> {
  if (!isS3Url(path)) return write(path as string);
  const { bucket, key } = s3Location(path, option);
  const slash = key.lastIndexOf('/') + 1;
  const name = key.slice(slash).replaceAll(sep, '_');
  const folder = await makeTemporaryFolder();
  try {
    await write(join(folder.path, name));
    const { putFile } = await import('./upload.js');
    for (const file of await filesIn(folder.path, name)) {
      const target = `${key.slice(0, slash)}${file.split(sep).join('/')}`;
      await putFile(join(folder.path, file), `s3://${bucket}/${target}`, options);
    }
  } finally {
    await folder.remove();
  }
}

/** The one called `last` comes last. */
async function filesIn(folder: string, last: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if ((await stat(join(folder, name))).isFile()) found.push(name);
  }
  return found.sort((a, b) => Number(a === last) - Number(b === last) || (a < b ? -1 : 1));
}
