/** JSON sidecar files: bounded in size, values and depth, parsed in slices, errors with the file's name. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { FormatError, LimitError, NotFoundError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';
import { stat } from '../../io/stat.js';
import { JsonSyntaxError, parseInSlices } from './json-parser.js';

/** Sidecars of the largest probes are some MB; a file of this size takes a second. */
const maxBytes = 2 ** 26;
/** JSON.parse takes about 10 ms for this many characters; longer ones are parsed in slices. */
const charactersAtOnce = 2 ** 20;

export type JsonObject = Record<string, unknown>;

/** The JSON object in a file. NaN and Infinity, which Python writes, are read as null. */
export async function readJsonObject(path: string, limits: Limits, signal?: AbortSignal): Promise<JsonObject> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
  checkSize(found.size, path, limits);
  return parseJson(await readFile(path), path, limits, signal);
}

/**
 * The JSON object in the bytes of a file.
 *
 * @throws FormatError for anything else, LimitError above 64 MiB (or limits.maxFileBytes), a million values, limits.maxDepth
 */
export async function parseJson(
  bytes: Uint8Array,
  path: string,
  limits: Limits,
  signal?: AbortSignal,
): Promise<JsonObject> {
  checkSize(bytes.length, path, limits);
  if (!isUtf8(bytes)) throw new FormatError(`${path} must hold JSON in UTF-8, found other bytes`, { path });
  const text = new TextDecoder().decode(bytes);
  const value = (await atOnce(text, limits)) ?? (await inSlices(text, path, limits, signal));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new FormatError(`${path} must hold a JSON object`, { path });
}

/** Bytes that a file of JSON may have. */
export function jsonBytes(limits: Limits): number {
  return Math.min(maxBytes, limits.maxFileBytes);
}

function checkSize(size: number, path: string, limits: Limits): void {
  const allowed = jsonBytes(limits);
  if (size > allowed) throw new LimitError('maxFileBytes', allowed, size, path);
}

/** By the engine's parser, where the text is short and plainly nested; undefined where it is not, or is no strict JSON. */
function atOnce(text: string, limits: Limits): unknown {
  if (text.length > charactersAtOnce || !isShallow(text, limits.maxDepth)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON.parse recurses: brackets that are open at once are counted first, those in texts too, which at most costs time. */
function isShallow(text: string, allowed: number): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 91 || code === 123) {
      if (++depth > allowed) return false;
    } else if (code === 93 || code === 125) depth--;
  }
  return true;
}

async function inSlices(text: string, path: string, limits: Limits, signal?: AbortSignal): Promise<unknown> {
  try {
    return await parseInSlices(text, path, limits, signal);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new FormatError(`${path} must hold JSON: ${error.message}`, { path }, { cause: error });
  }
}
