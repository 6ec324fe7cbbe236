import { expect, it } from 'vitest';
import { commonReference, saturationPeriods } from '../../../lib/index.js';
import { recordingOf } from './fixture.js';

/** Four channels of five samples. */
const rows = [
  [1, 5, -3, 10, 0],
  [2, 7, -1, 20, 1],
  [4, 6, -9, 30, 2],
  [30, 8, 100, 40, 9],
];
function small(extra: object = {}) {
  return {
    ...recordingOf('noisy'),
    channels: 4,
    samples: 5,
    channelLocations: { data: Float64Array.of(0, 0, 0, 20, 0, 40, 0, 400), shape: [4, 2] },
    ...extra,
    async read({ start, end, channels = [0, 1, 2, 3] }: { start: number; end: number; channels?: readonly number[] }) {
      const data = Int16Array.from(channels.flatMap((c) => rows[c].slice(start, end)));
      return { data, shape: [channels.length, end - start] };
    },
  };
}
const all = async (options: Parameters<typeof commonReference>[1]) => {
  const { data, shape } = await commonReference(small(), options).read({ start: 0, end: 5 });
  return Array.from({ length: shape[0] }, (_, c) => Array.from(data.slice(c * 5, c * 5 + 5) as Float32Array));
};

// by hand
it('takes off the median of all, the mean of the middle two where there are as many on both sides', async () => {
  // medians 3, 6.5, -2, 25, 1.5
  expect(await all({})).toEqual([
    [-2, -1.5, -1, -15, -1.5],
    [-1, 0.5, 1, -5, -0.5],
    [1, -0.5, -7, 5, 0.5],
    [27, 1.5, 102, 15, 7.5],
  ]);
});

it('leaves bad channels out of the sets, but takes the reference off them', async () => {
  // medians of the first three: 2, 6, -3, 20, 1
  expect((await all({ badChannels: [3] }))[3]).toEqual([28, 2, 103, 20, 8]);
});

it('knows groups, the average, single channels, and leaves a row in no group as it is', async () => {
  expect(await all({ groups: [[0, 1], [3]], operator: 'average' })).toEqual([
    [-0.5, -1, -1, -5, -0.5],
    [0.5, 1, 1, 5, 0.5],
    rows[2],
    [0, 0, 0, 0, 0],
  ]);
  expect(
    (
      await all({
        groups: [
          [0, 1],
          [2, 3],
        ],
        channels: 'out-of-group',
      })
    )[0],
  ).toEqual([-16, -2, -48.5, -25, -5.5]);
  expect((await all({ kind: 'single', channels: 1 }))[0]).toEqual([-1, -2, -2, -10, -1]);
});

it('takes the channels around each, or the nearest beyond the inner radius', async () => {
  const local = await all({ kind: 'local', radiusUm: [10, 30], minNeighbours: 1 });
  expect(local[0]).toEqual([-1, -2, -2, -10, -1]);
  // nothing in the ring: the nearest, row 2
  expect(local[3]).toEqual([26, 2, 109, 10, 7]);
});

it('reads what it needs for part of the channels, and gives them in the order that was asked for', async () => {
  const referenced = commonReference(small(), {});
  const { data } = await referenced.read({ start: 3, end: 5, channels: [3, 0] });
  expect(Array.from(data as Float32Array)).toEqual([15, 7.5, -15, -1.5]);
  expect(referenced.dtype).toBe('float32');
});

it('finds where a recording saturates', async () => {
  const gainsToUv = [1, 1, 1, 1];
  const periods = async (options: Parameters<typeof saturationPeriods>[1]) =>
    (await saturationPeriods(small(), { gainsToUv, ...options })).map((p) => [p.startSample, p.endSample]);
  // beyond 19: shares 1/4, 0, 1/4, 3/4, 0
  expect(await periods({ limitUv: 19, proportion: 0.5 })).toEqual([[3, 4]]);
  expect(await periods({ limitUv: 19, mergeGapSamples: 0 })).toEqual([
    [0, 1],
    [2, 4],
  ]);
  expect(await periods({ limitUv: 19 })).toEqual([[0, 4]]);
  // changes of 21 and more: samples 0 (one channel), 2 (one), 3 (two)
  expect(await periods({ limitUv: 999, slopeUvPerSample: 22, mergeGapSamples: 0 })).toEqual([[0, 4]]);
});
