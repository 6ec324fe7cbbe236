/** What a client asks for, checked before it is put into the queue. */
import { posix } from 'node:path';
import { SpikeLabError } from 'spikelab';
import { formatsOf, loadOptionNames, type operations, outputOf } from 'spikelab/server';
import { Problem } from '../core/problem.js';
import type { StoredFile } from '../uploads/store.js';
import type { Upload } from '../uploads/uploads.js';

export type Operation = (typeof operations)[number];

export interface JobRequest {
  readonly upload?: string;
  readonly source?: string;
  /** A file or folder within the upload. */
  readonly path?: string;
  readonly do: Operation;
  readonly format?: string;
  readonly formats?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly priority?: number;
}

export interface CheckedRequest {
  readonly operation: Operation;
  /** The first is the main output. */
  readonly formats: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly priority: number;
}

/** Options of the library that are the operator's: where it reads from, with what rights, with how much. */
const withheld = new Set([...Object.keys(loadOptionNames), 'threads', 'cacheDir', 'memoryBytes', 'isolate']);

/** @throws Problem */
export async function checkedRequest(request: JobRequest): Promise<CheckedRequest> {
  const { do: operation, options = {}, priority = 0 } = request;
  if (!isText(request)) throw wrong('text must be Unicode without U+0000 and without halves of pairs');
  const known = formatsOf(operation);
  const formats = [...new Set(request.formats ?? (request.format === undefined ? [known[0]] : [request.format]))];
  const unknown = formats.find((format) => !known.includes(format));
  if (unknown !== undefined || !formats.length) {
    throw wrong(`format of ${operation} must be one of ${known.join(', ')}, got ${JSON.stringify(unknown ?? '')}`);
  }
  if (formats.length > 1 && known.length < 3) throw wrong(`${operation} writes one format at a time`);
  const refused = Object.keys(options).find((name) => withheld.has(name));
  if (refused !== undefined) throw wrong(`options.${refused} is decided by the server`);
  try {
    await outputOf({ source: 'source', do: operation, format: formats[0], options });
  } catch (error) {
    throw error instanceof SpikeLabError ? new Problem(422, error.code, error.message) : error;
  }
  return { operation, formats, options, priority };
}

/** Whether all texts in it, names too, are such as a database keeps. */
function isText(value: unknown): boolean {
  if (typeof value === 'string') return !/\0|\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, inner]) => isText(name) && isText(inner));
}

const wrong = (what: string) => new Problem(422, 'ERR_OPTION', what);

/** What the library gets, from within the upload's folder. @throws Problem for what is not in the upload */
export function pathIn({ files }: Pick<Upload, 'files'>, path: string | undefined): string {
  if (path === undefined) return entryOf(files);
  const wanted = posix.normalize(path).replace(/\/$/, '');
  if (files.some((file) => file.path === wanted || file.path.startsWith(`${wanted}/`))) return wanted;
  const some = files.slice(0, 10).map((file) => file.path);
  throw new Problem(422, 'ERR_NOT_FOUND', `path must be a file or folder of the upload, which has ${some.join(', ')}`);
}

/** What the library is given of an upload, from within its folder: the one file, the one folder, or all. */
function entryOf(files: readonly StoredFile[]): string {
  if (files.length === 1) return files[0].path;
  const tops = new Set(files.map(({ path }) => path.split('/')[0]));
  return tops.size === 1 ? [...tops][0] : '.';
}
