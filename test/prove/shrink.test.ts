import { describe, expect, it } from 'vitest';
import type { Spec } from './property.js';
import { shrink } from './shrink.js';

const forever = Number.POSITIVE_INFINITY;

describe('shrinking', () => {
  it('finds the smallest number and list that still fail', async () => {
    const large: Spec = { seed: 99, units: 800, kinds: ['a', 'b', 'bad', 'c'], raw: { channels: 4 }, flag: true };
    const fails = async ({ units, kinds }: Spec) =>
      (units as number) >= 37 && (kinds as string[]).includes('bad') ? 'failed' : null;
    const { spec, failure } = await shrink(large, 'failed', fails, forever);
    expect(spec).toEqual({ seed: 99, units: 37, kinds: ['bad'], raw: null, flag: false });
    expect(failure).toBe('failed');
  });

  it('makes numbers inside of parts smaller', async () => {
    const fails = async ({ raw }: Spec) => ((raw as { n: number } | null)?.n ?? 0) > 2 && 'failed';
    const { spec } = await shrink(
      { raw: { n: 50, seed: 3 } },
      'failed',
      async (s) => (await fails(s)) || null,
      forever,
    );
    expect(spec).toEqual({ raw: { n: 3, seed: 3 } });
  });

  it('keeps the case where nothing smaller fails', async () => {
    const { spec, tries } = await shrink({ seed: 1, n: 3 }, 'failed', async () => null, forever);
    expect(spec).toEqual({ seed: 1, n: 3 });
    expect(tries).toBeGreaterThan(0);
  });

  it('stops when its time is over', async () => {
    const { tries } = await shrink({ n: 1000 }, 'failed', async () => 'failed', performance.now() - 1);
    expect(tries).toBe(0);
  });
});
