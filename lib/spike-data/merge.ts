/** All spikes of all trains in time order, without a second copy of them. */
import type { FlatTrains } from '../core/flat-trains.js';

/** Positions in `times`, with their units, in time order; at equal times the lower unit first. A heap of the trains' heads. */
export function* mergeTrains({ times, offsets }: FlatTrains): Generator<[unit: number, position: number]> {
  const next = Float64Array.from(offsets.subarray(0, -1));
  const heap: number[] = [];
  const before = (a: number, b: number) => {
    const [ta, tb] = [times[next[a]], times[next[b]]];
    return ta < tb || (ta === tb && a < b);
  };
  for (let u = 0; u < next.length; u++) if (next[u] < offsets[u + 1]) heap.push(u);
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i, before);
  while (heap.length > 0) {
    const unit = heap[0];
    yield [unit, next[unit]++];
    if (next[unit] === offsets[unit + 1]) {
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return;
      heap[0] = last;
    }
    siftDown(heap, 0, before);
  }
}

function siftDown(heap: number[], from: number, before: (a: number, b: number) => boolean): void {
  const item = heap[from];
  let i = from;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
    if (!before(heap[child], item)) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = item;
}
