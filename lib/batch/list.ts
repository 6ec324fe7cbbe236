/** The LIST of the command: JSON lines, CSV, plain lines, a folder, a pattern, or a prefix in S3, as items. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { identify } from '../api/identify.js';
import { FormatError, NotFoundError, OptionError } from '../core/errors.js';
import type { LoadOptions } from '../core/options.js';
import { listObjects } from '../io/s3/list.js';
import { isS3Url, s3Location } from '../io/s3/url.js';
import { stat } from '../io/stat.js';
import type { BatchItem, Operation } from './contract.js';
import { expression, isPattern, pathsOf } from './glob.js';
import { isRemote } from './identity.js';
import { fits, partsFor } from './parts.js';

type Reading = Pick<
  LoadOptions,
  | 'signal'
  | 'endpointUrl'
  | 'regionName'
  | 'anonymous'
  | 'forcePathStyle'
  | 'awsAccessKeyId'
  | 'awsSecretAccessKey'
  | 'awsSessionToken'
>;

/**
 * @param list path of a list (.jsonl, .ndjson, .json, .csv, .tsv, .txt), a folder, a pattern of paths, or an s3:// prefix or pattern.
 * @param operation which of the things in a folder are meant. Relative sources in a list count from the list's folder.
 * @throws NotFoundError for a list that is not there and for one of nothing, FormatError with the line that is wrong, OptionError
 */
export async function itemsOf(list: string, operation: Operation, options: Reading = {}): Promise<BatchItem[]> {
  const items = await read(list, operation, options);
  if (items.length === 0) throw new NotFoundError(`LIST: nothing to do is named by ${list}`, { path: list });
  return items;
}

async function read(list: string, operation: Operation, options: Reading): Promise<BatchItem[]> {
  if (isS3Url(list)) return (await sourcesInS3(list, options)).map((source) => ({ source }));
  const found = await stat(list).catch(() => undefined);
  if (!found && isPattern(list)) return (await pathsOf(list)).map((source) => ({ source }));
  if (!found) {
    const message = `LIST: no list, folder or pattern ${list} is there`;
    throw new NotFoundError(message, { path: list });
  }
  if (found.isDirectory()) return inFolder(list, operation, options);
  const ending = extname(list).toLowerCase();
  const reader = readers[ending];
  if (!reader) {
    const expected = `a list that ends in ${Object.keys(readers).join(', ')}, a folder, a pattern or an s3:// prefix`;
    throw new OptionError('LIST', expected, list, 'One recording is a list of one line.');
  }
  const items = await reader(list);
  return items.map((item) => ({ ...item, source: absolute(item.source, dirname(list)) }));
}

/** A list may lie anywhere; what it names lies beside it. */
function absolute(source: BatchItem['source'], folder: string): BatchItem['source'] {
  const named = typeof source === 'string' && source !== '' && !isRemote(source) && !source.startsWith('file:');
  return named && !isAbsolute(source) ? join(folder, source) : source;
}

const readers: Readonly<Record<string, (path: string) => Promise<BatchItem[]>>> = {
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
  '.json': jsonLines,
  '.csv': (path) => table(path, ','),
  '.tsv': (path) => table(path, '\t'),
  '.txt': async (path) => (await lines(path)).map(({ text }) => ({ source: text })),
};

/** Lines that are not empty, with their numbers from 1. */
async function lines(path: string): Promise<{ text: string; line: number }[]> {
  const found: { text: string; line: number }[] = [];
  let line = 0;
  for await (const raw of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    const text = (line === 1 ? raw.replace(/^\uFEFF/, '') : raw).trim();
    if (text) found.push({ text, line });
  }
  return found;
}

/** One object a line, or a text that is a source; a JSON list of them does too. */
async function jsonLines(path: string): Promise<BatchItem[]> {
  const all = await lines(path);
  if (all[0]?.text.startsWith('[')) {
    const whole = parsed(all.map(({ text }) => text).join('\n'), path, 1);
    if (Array.isArray(whole)) return whole.map((value, i) => item(value, `${path}, item ${i}`, path));
  }
  return all.map(({ text, line }) => item(parsed(text, path, line), `${path}, line ${line}`, path));
}

function parsed(text: string, path: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `LIST: a JSON object a line was expected in ${path}, line ${line} is none (${(cause as Error).message})`;
    throw new FormatError(message, { path, location: `line ${line}` }, { cause });
  }
}

function item(value: unknown, where: string, path: string): BatchItem {
  if (typeof value === 'string') return { source: value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'source' in value)
    return value as BatchItem;
  throw new FormatError(`LIST: an object with source was expected in ${where}`, { path, location: where });
}

const own = ['source', 'id', 'do', 'format', 'output', 'cost'];

/** A column `source`; id, do, format, output; each other column is an option of that name, empty where it is not given. */
async function table(path: string, delimiter: string): Promise<BatchItem[]> {
  const text = await readFile(path, 'utf8');
  const { parse } = await import('csv-parse/sync');
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, delimiter, skip_empty_lines: true, trim: true, bom: true });
  } catch (cause) {
    throw new FormatError(`LIST: a table was expected in ${path} (${(cause as Error).message})`, { path }, { cause });
  }
  return rows.map((row, i) => {
    if (!row.source) {
      const message = `LIST: a column source was expected in ${path}, row ${i + 1} has ${Object.keys(row).join(', ')}`;
      throw new FormatError(message, { path, location: `row ${i + 1}` });
    }
    const given = Object.entries(row).filter(([, value]) => value !== '');
    const options = given.filter(([name]) => !own.includes(name)).map(([name, value]) => [name, jsonOr(value)]);
    const fields = given
      .filter(([name]) => own.includes(name))
      .map(([name, value]) => [name, name === 'cost' ? Number(value) : value]);
    return { ...Object.fromEntries(fields), ...(options.length ? { options: Object.fromEntries(options) } : {}) };
  });
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Recordings and sortings in a folder, as identify finds them. */
async function inFolder(list: string, operation: Operation, options: Reading): Promise<BatchItem[]> {
  const found = await identify(list, { signal: options.signal });
  const cut = found.flatMap(({ findings }) => findings).find(({ code }) => code === 'more');
  if (cut) {
    const hint = `Give a pattern: '${join(list, '**', '*.h5')}'.`;
    throw new OptionError('LIST', 'a folder of at most some hundred recordings', list, `${cut.message}. ${hint}`);
  }
  return found
    .filter((each) => fits(each, operation))
    .flatMap(({ details, parts }): BatchItem[] => {
      const source = String(details.path);
      const chosen = partsFor(operation, parts);
      if (!chosen.length) return [{ source }];
      return chosen.map(({ options: opening }) => ({
        source,
        ...(Object.keys(opening).length ? { options: opening } : {}),
      }));
    });
}

/** What goes with a recording and is none itself. */
const beside = /(^|\/)\.|\.(meta|json|xml|txt|md|oebin|log)$/i;

async function sourcesInS3(list: string, options: Reading): Promise<string[]> {
  const location = s3Location(list, 'LIST', { folder: true });
  const pattern = isPattern(location.key) ? expression(location.key, true) : null;
  const first = location.key.search(/[*?{[]/);
  const folder = /\/\s*$/.test(list) && location.key !== '' ? `${location.key}/` : location.key;
  const prefix = pattern ? location.key.slice(0, first) : folder;
  const sources = new Set<string>();
  for await (const { key } of listObjects({ ...location, key: prefix }, options)) {
    if (key.endsWith('/')) continue;
    // a Zarr is a folder of thousands of objects
    const zarr = /^(.*?\.zarr)\//.exec(key)?.[1];
    const name = zarr ?? key;
    if (pattern ? pattern.test(name) : zarr !== undefined || !beside.test(key))
      sources.add(`s3://${location.bucket}/${name}`);
  }
  return [...sources];
}
