import { describe, expect, it } from 'vitest';
import { LimitError } from '../../lib/core/errors.js';
import { Growing } from '../../lib/core/growing.js';

describe('numbers that grow', () => {
  // 1024 are the first piece, 131072 a later one
  it.each([0, 1, 1023, 1024, 1025, 2048, 131_071, 131_072, 131_073, 400_001])(
    'come back, %i of them',
    async (count) => {
      const numbers = new Growing(1e9, 'a file');
      const whole = new Growing(1e9, 'a file', Int32Array);
      for (let i = 0; i < count; i++) {
        numbers.push(i + 0.5);
        whole.push(-i);
      }
      expect(numbers.length).toBe(count);
      expect(numbers.values).toEqual(Float64Array.from({ length: count }, (_, i) => i + 0.5));
      expect(await numbers.joined()).toEqual(numbers.values);
      for (let i = 0; i < count; i++) if (numbers.at(i) !== i + 0.5) expect.fail(`${numbers.at(i)} at ${i}`);
      expect(await whole.joined()).toEqual(Int32Array.from({ length: count }, (_, i) => -i));
    },
  );

  it('are refused where they become too many', () => {
    const numbers = new Growing(3000, 'a file');
    const push = () => {
      for (let i = 0; i < 10_000; i++) numbers.push(i);
    };
    expect(push).toThrow(LimitError);
    expect(numbers.length).toBeLessThan(5000);
  });

  it('stop being put together where that is aborted', async () => {
    const numbers = new Growing(1e9, 'a file');
    for (let i = 0; i < 2_000_000; i++) numbers.push(i);
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(numbers.joined(stop.signal)).rejects.toThrow('enough');
  });
});
