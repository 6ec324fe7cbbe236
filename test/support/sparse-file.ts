/** A committed file that is almost all zeros, as a server gives it: never whole in memory or on a disk. */
import { readFile } from 'node:fs/promises';
import type { Served } from './range-server.js';

export async function sparseFile(path: string): Promise<Served> {
  const { size, parts } = JSON.parse(await readFile(path, 'utf8')) as { size: number; parts: [number, string][] };
  const pieces = parts.map(([at, text]) => ({ at, bytes: Buffer.from(text, 'base64') }));
  return {
    size,
    read(start, end) {
      const out = new Uint8Array(end - start);
      for (const { at, bytes } of pieces) {
        const from = Math.max(at, start);
        const to = Math.min(at + bytes.length, end);
        if (from < to) out.set(bytes.subarray(from - at, to - at), from - start);
      }
      return out;
    },
  };
}
