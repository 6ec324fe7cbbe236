/** A remote object that is read in ranges, whatever protocol brings them. */
import { RemoteError } from '../core/errors.js';
import { watched } from './body.js';
import { type ByteSource, checkRange } from './byte-source.js';
import { type Transfer, withRetries } from './transfer.js';

export interface RangedObject {
  /** For messages; never holds credentials or a query. */
  readonly name: string;
  readonly size: number;
  readonly etag: string | null;
  /** The first bytes, which came with the answer that told the size. */
  readonly head: Uint8Array;
  /** One request for [start, end). It answers with exactly these bytes, or rejects. */
  stream(start: number, end: number, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

/**
 * Gives each chunk of [start, end) to `take`, in order. A broken connection goes on where it broke; only tries that bring
 * nothing count against the number of tries.
 */
export async function readRange(
  object: RangedObject,
  [start, end]: readonly [number, number],
  transfer: Transfer,
  take: (chunk: Uint8Array, position: number) => Promise<void> | void,
): Promise<void> {
  let position = start;
  let lastTry = start;
  const once = async (signal: AbortSignal | undefined) => {
    lastTry = position;
    const body = await object.stream(position, end, signal);
    for await (const chunk of watched(body, object.name, transfer, signal)) {
      if (position + chunk.byteLength > end) throw wrongLength(object.name, 'more', false);
      await take(chunk, position);
      position += chunk.byteLength;
    }
    if (position < end) throw wrongLength(object.name, 'fewer', true);
  };
  if (position < end) await withRetries(transfer, once, () => position > lastTry);
}

function wrongLength(name: string, word: string, retryable: boolean): RemoteError {
  return new RemoteError(`${name}: the server sent ${word} bytes than it announced`, { url: name, retryable });
}

/** Small reads of an object, without fetching the rest. */
export function bytesOf(object: RangedObject, transfer: Transfer): ByteSource {
  const { name, size, head } = object;
  return {
    name,
    size,
    close: async () => object.close(),
    async read(start, end, options) {
      checkRange(start, end, size, name);
      if (end <= head.byteLength) return head.slice(start, end);
      const bytes = new Uint8Array(end - start);
      const known = start < head.byteLength ? head.subarray(start) : head.subarray(0, 0);
      bytes.set(known);
      const signal = options?.signal ?? transfer.signal;
      await readRange(object, [start + known.byteLength, end], { ...transfer, signal }, (chunk, position) =>
        bytes.set(chunk, position - start),
      );
      return bytes;
    },
  };
}
