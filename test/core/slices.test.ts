import { describe, expect, it } from 'vitest';
import { inSlices } from '../../lib/core/slices.js';

/** Longer than one slice. */
const busy = () => {
  for (const end = performance.now() + 5; performance.now() < end; );
};

describe('inSlices', () => {
  it('goes through everything once, in order', async () => {
    for (const total of [0, 1, 7, 8, 9]) {
      const seen: number[] = [];
      await inSlices(total, 4, (from, to) => {
        for (let i = from; i < to; i++) seen.push(i);
      });
      expect(seen).toEqual(Array.from({ length: total }, (_, i) => i));
    }
  });

  it('lets the event loop turn in between, and stops with the reason of its signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    setImmediate(() => abort.abort(reason));
    let pieces = 0;
    const piece = () => {
      pieces++;
      busy();
    };
    const work = inSlices(1000, 1, piece, abort.signal);
    await expect(work).rejects.toBe(reason);
    expect(pieces).toBeLessThan(1000);
  });
});
