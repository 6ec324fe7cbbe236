/** Elements without a fixed size: numcodecs' VLenUTF8, VLenBytes and JSON2. */
import { BadChunk } from './bad-chunk.js';

export type VlenKind = 'vlen-utf8' | 'vlen-bytes' | 'json2';

/** A count, then each element behind its length; bytes are read as UTF-8. */
export function decodeVlen(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => {
    if (at + 4 > bytes.length) throw new BadChunk(`${count} texts were expected, found data that end before`);
    return view.getUint32(at, true);
  };
  const found = word(0);
  if (found !== count) throw new BadChunk(`${count} texts were expected, found ${found}`);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const out: string[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    const length = word(at);
    at += 4;
    if (at + length > bytes.length) throw new BadChunk(`${count} texts were expected, found data that end before`);
    out.push(textOf(decoder, bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.length) throw new BadChunk(`${bytes.length - at} bytes were found behind the last text`);
  return out;
}

function textOf(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadChunk('text in UTF-8 was expected, found other bytes');
  }
}

/** A JSON list of the elements, behind them numpy's type and the shape. */
export function decodeJson(bytes: Uint8Array, count: number): string[] {
  let items: unknown;
  try {
    items = JSON.parse(textOf(new TextDecoder('utf-8', { fatal: true }), bytes));
  } catch (error) {
    throw new BadChunk(`a list in JSON was expected (${(error as Error).message})`);
  }
  if (!Array.isArray(items) || items.length < 2) throw new BadChunk('a list in JSON was expected, found another value');
  const values: unknown[] = items.slice(0, -2).flat(32);
  if (values.length !== count)
    throw new BadChunk(`${count} elements were expected in a list in JSON, found ${values.length}`);
  return values.map((value) => {
    // null is a missing text, 0 what zarr-python pads the last chunk with
    if (value === null || value === 0) return '';
    if (typeof value !== 'string') throw new BadChunk(`texts were expected in a list in JSON, found a ${typeof value}`);
    return value;
  });
}
