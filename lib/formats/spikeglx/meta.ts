/** SpikeGLX's .meta files: key=value lines, and tables of (…)(…) items under keys with a tilde. */
import { FormatError } from '../../core/errors.js';
import { fileBytes } from '../../io/small-files.js';

export interface SpikeGlxMeta {
  path: string;
  values: ReadonlyMap<string, string>;
}

/** Of a meta file: some hundred lines, a few of which have an entry of some twenty characters a channel. */
const maxMetaBytes = 2 ** 24;

export async function readMeta(path: string): Promise<SpikeGlxMeta> {
  const text = Buffer.from(await fileBytes(path, maxMetaBytes)).toString('utf8');
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) values.set(line.slice(0, at).trim().replace(/^~/, ''), line.slice(at + 1).trim());
  }
  return { path, values };
}

/** @throws FormatError where the key is missing or no finite number */
export function metaNumber(meta: SpikeGlxMeta, key: string): number {
  const value = metaNumberOr(meta, key, Number.NaN);
  if (Number.isNaN(value)) {
    throw new FormatError(`${meta.path} must give a number for ${key}, found ${meta.values.get(key) ?? 'none'}`, {
      path: meta.path,
    });
  }
  return value;
}

export function metaNumberOr({ values }: SpikeGlxMeta, key: string, missing: number): number {
  const text = values.get(key);
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : missing;
}

/** The items of a table, split at commas, colons, semicolons or blanks; the first one describes the table. */
export function metaTable({ values }: SpikeGlxMeta, key: string): string[][] {
  return [...(values.get(key) ?? '').matchAll(/\(([^()]*)\)/g)].map(([, item]) => item.trim().split(/[,:; ]+/));
}

/** Numbers of a list such as '384,0,1'. */
export function metaList({ values }: SpikeGlxMeta, key: string): number[] {
  const text = values.get(key);
  return text ? text.split(',').map(Number) : [];
}

/** Original numbers of the saved channels: '0:383,768' or 'all'. */
export function savedChannels(meta: SpikeGlxMeta, saved: number): number[] {
  const text = meta.values.get('snsSaveChanSubset') ?? 'all';
  const numbers: number[] = [];
  for (const part of text === 'all' ? [] : text.split(',')) {
    const [from, to = from] = part.split(':').map(Number);
    for (let n = from; n <= to && numbers.length <= saved; n++) numbers.push(n);
  }
  return numbers.length === saved ? numbers : Array.from({ length: saved }, (_, n) => n);
}
