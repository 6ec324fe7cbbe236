import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { measureRecording } from '../../lib/api/measured-recording.js';
import { openRecording, type ThresholdOptions } from '../../lib/index.js';

const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
interface Expected {
  noise: number[];
  amplitudes: Record<'down' | 'both', number[][]>;
  stretch: { start: number; end: number; channels: number[]; rows: number[][] };
}
/** Of scipy and numpy, on the whole recording at once. */
const expected: Expected = JSON.parse(readFileSync(fixture('picture/recording.expected.json'), 'utf8'));
const path = fixture('cli/recording.h5');

async function measured(options: ThresholdOptions = {}, scale: object = {}) {
  const recording = await openRecording(path, { dataset: 'traces/raw', fsHz: 20_000 });
  return { recording, result: await measureRecording(Object.assign(recording, scale), options, path) };
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe('what spikes were measured against', () => {
  it('has the noise and the signed thresholds of each channel', async () => {
    const { recording, result } = await measured();
    expect(result.unit).toBe('a.u.');
    expect(worst(result.noise, expected.noise)).toBeLessThan(1e-9);
    expect(result.thresholds(1)[0]).toBeCloseTo(-5 * expected.noise[1], 9);
    expect(result.thresholds(1)[1]).toBeCloseTo(5 * expected.noise[1], 9);
    await recording.close();
  });

  it('filters a stretch as the whole recording is filtered', async () => {
    const { recording, result } = await measured();
    const { start, end, channels, rows } = expected.stretch;
    const found = await result.filtered(start, end, channels);
    found.forEach((row, i) => {
      expect(row).toHaveLength(end - start);
      expect(worst(row, rows[i])).toBeLessThan(1e-7);
    });
    await recording.close();
  });

  it.each(['down', 'both'] as const)('measures each spike at its extremum, direction %s', async (direction) => {
    const { recording, result } = await measured({ direction });
    const found = await result.amplitudes([0, 1, 2, 3]);
    expect(found.map(({ length }) => length)).toEqual(expected.amplitudes[direction].map(({ length }) => length));
    found.forEach((row, channel) => {
      expect(worst(row, expected.amplitudes[direction][channel])).toBeLessThan(1e-7);
    });
    expect(result.thresholds(0)).toHaveLength(direction === 'down' ? 1 : 2);
    await recording.close();
  });

  it('finds a spike again behind a gap', async () => {
    // 500 samples of 25 ms are missing before sample 15,000
    const gaps = [{ sample: 15_000, missing: 500, ms: 25 }];
    const { recording, result } = await measured({ direction: 'down' }, { gaps });
    const [found] = await result.amplitudes([3]);
    expect(worst(found, expected.amplitudes.down[3])).toBeLessThan(1e-7);
    await recording.close();
  });

  it('is in µV where gains are known, and offsets are taken away by the filter', async () => {
    const scale = { gainsToUv: Float64Array.of(2, 2, 2, 0.5), offsetsToUv: new Float64Array(4).fill(100) };
    const { recording, result } = await measured({ direction: 'down' }, scale);
    expect(result.unit).toBe('µV');
    expect(result.noise[3]).toBeCloseTo(0.5 * expected.noise[3], 9);
    const [found] = await result.amplitudes([3]);
    expect(
      worst(
        found.map((value) => 2 * value),
        expected.amplitudes.down[3],
      ),
    ).toBeLessThan(1e-7);
    await recording.close();
    const unfiltered = await measured({ filter: false }, scale);
    expect(unfiltered.result.unit).toBe('a.u.');
    await unfiltered.recording.close();
  });
});
