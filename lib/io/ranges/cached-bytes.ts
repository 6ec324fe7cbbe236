/** Small reads of a remote file: what lies around them comes too, and is held while there is room. */
import { type ByteSource, checkRange } from '../byte-source.js';
import { BlockPlan } from './blocks.js';
import type { RangeFetcher } from './range-fetcher.js';

const heldBytes = 32 * 2 ** 20;
/** Longer reads are few and fetch what they need, nothing around it. */
const largeRead = 2 ** 20;

interface Block {
  start: number;
  bytes: Uint8Array;
}

export function cachedBytes(fetcher: RangeFetcher): ByteSource {
  const { name, size, head } = fetcher.object;
  const plan = new BlockPlan(size);
  // the one that was used last comes last
  const blocks: Block[] = [{ start: 0, bytes: head }];
  const blockOf = (position: number) => {
    const i = blocks.findIndex(({ start, bytes }) => start <= position && position < start + bytes.length);
    if (i >= 0) blocks.push(...blocks.splice(i, 1));
    return i >= 0 ? (blocks.at(-1) as Block) : undefined;
  };
  const fetch = async (start: number, end: number, signal: AbortSignal | undefined) => {
    let fetched: Block | undefined;
    const isLarge = end - start >= largeRead;
    const parts: Block[] = [];
    const range = isLarge ? ([start, end] as const) : plan.around([start, end], 0);
    await fetcher.fetch([range], (at, bytes) => parts.push({ start: at, bytes }), signal);
    if (parts.length === 1) fetched = parts[0];
    else {
      fetched = { start: range[0], bytes: new Uint8Array(range[1] - range[0]) };
      for (const part of parts) fetched.bytes.set(part.bytes, part.start - range[0]);
    }
    if (!isLarge) {
      blocks.push(fetched);
      for (let held = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0); held > heldBytes; )
        held -= (blocks.shift() as Block).bytes.length;
    }
    return fetched;
  };
  return {
    name,
    size,
    close: async () => fetcher.object.close(),
    async read(start, end, { signal } = {}) {
      checkRange(start, end, size, name);
      const out = new Uint8Array(end - start);
      for (let at = start; at < end; ) {
        const block = blockOf(at) ?? (await fetch(at, end, signal));
        const from = at - block.start;
        const part = block.bytes.subarray(from, Math.min(block.bytes.length, from + end - at));
        out.set(part, at - start);
        at += part.length;
      }
      return out;
    },
  };
}
