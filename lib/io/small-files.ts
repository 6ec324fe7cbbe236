/** Small files of a folder, read whole. */

import { constants, open } from 'node:fs/promises';
import { FormatError } from '../core/errors.js';
import type { SourceFolder } from './context.js';

/** The bytes of a small file in a folder. @throws FormatError where it has more than `maxBytes` */
export async function folderBytes(
  folder: SourceFolder,
  name: string,
  maxBytes: number,
  option?: string,
): Promise<Uint8Array> {
  return fileBytes(await folder.file(name, option), maxBytes);
}

/** The bytes of a small file. @throws FormatError where it is no regular file, or has more than `maxBytes` */
export async function fileBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new FormatError(`A regular file was expected at ${path}`, { path });
    if (found.size > maxBytes) {
      throw new FormatError(`At most ${maxBytes} bytes were expected, found ${found.size} at ${path}`, { path });
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}
