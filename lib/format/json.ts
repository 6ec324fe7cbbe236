/** JSON sidecar files: bounded in size and depth, errors with the file's name. */
import { readFile, stat } from 'node:fs/promises';
import { FormatError, LimitError, NotFoundError } from '../errors.js';
import type { Limits } from '../options.js';

const maxBytes = 2 ** 26;

export type JsonObject = Record<string, unknown>;

/** The JSON object in a file. NaN and Infinity, which Python writes, are read as null. */
export async function readJsonObject(path: string, limits: Limits): Promise<JsonObject> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`No file can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
  const allowed = Math.min(maxBytes, limits.maxFileBytes);
  if (found.size > allowed) throw new LimitError('maxFileBytes', allowed, found.size, path);
  return parseJsonObject(await readFile(path, 'utf8'), path, limits);
}

export function parseJsonObject(text: string, path: string, limits: Limits): JsonObject {
  checkDepth(text, path, limits.maxDepth);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    try {
      // outside of strings, these words appear in no valid JSON
      value = JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g, (_, quoted) => quoted ?? 'null'));
    } catch (cause) {
      throw new FormatError(`${path} must hold JSON: ${(cause as Error).message}`, { path }, { cause });
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FormatError(`${path} must hold a JSON object`, { path });
  }
  return value as JsonObject;
}

/** JSON.parse recurses: nesting is counted first, brackets in strings left out. */
function checkDepth(text: string, path: string, allowed: number): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 91 || c === 123) {
      if (++depth > allowed) throw new LimitError('maxDepth', allowed, depth, path);
    } else if (c === 93 || c === 125) depth--;
  }
}
