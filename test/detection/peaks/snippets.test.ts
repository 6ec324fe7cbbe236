import { expect, it } from 'vitest';
import {
  detectPeaks,
  type PeakOptions,
  type SnippetOptions,
  SpikeData,
  snippets,
  storeSnippets,
} from '../../../lib/index.js';
import { fsHz, inSmallBlocks, recordingOf } from './fixture.js';

/** Sample t of channel c is 1000 c + t: what a window holds says where it was cut. */
function ramp() {
  const samples = 3000;
  return {
    ...recordingOf('noisy'),
    channels: 2,
    samples,
    channelLocations: { data: Float64Array.of(0, 0, 0, 30), shape: [2, 2] },
    async read({ start, end, channels = [0, 1] }: { start: number; end: number; channels?: readonly number[] }) {
      const values = channels.flatMap((c) => Array.from({ length: end - start }, (_, i) => 10000 * c + start + i));
      return { data: Float64Array.from(values), shape: [channels.length, end - start] };
    },
  };
}

const units = (trains: number[][]) =>
  new SpikeData(trains, { length: 150, neuronAttributes: trains.map((_, channel) => ({ channel })) });

it.each([0, 0.5])('cuts [s - before, s + after) for times at (s + %f) / fs', async (half) => {
  const of = (...samples: number[]) => samples.map((s) => (s + half) / 20);
  const sd = units([of(1, 2, 1023, 1025, 2996, 2997), of(500)]);
  const found = await inSmallBlocks(() => snippets(ramp(), sd, { beforeMs: 0.1, afterMs: 0.2 }));
  expect([found.beforeSamples, found.afterSamples]).toEqual([2, 4]);
  const [first, second] = found.units;
  // those whose whole window lies in the recording, one that ends with it too
  expect(Array.from(first.spikes)).toEqual([1, 2, 3, 4]);
  expect(first.waveforms?.shape).toEqual([1, 6, 4]);
  const windows = [2, 1023, 1025, 2996].map((s) => Array.from({ length: 6 }, (_, i) => s - 2 + i));
  expect(Array.from(first.waveforms?.data ?? [])).toEqual(windows[0].flatMap((_, i) => windows.map((w) => w[i])));
  expect(Array.from(first.average.data)).toEqual(
    windows[0].map((_, i) => windows.reduce((sum, w) => sum + w[i], 0) / 4),
  );
  expect(Array.from(second.waveforms?.data ?? [])).toEqual([10498, 10499, 10500, 10501, 10502, 10503]);
});

it('takes windows on all channels or neighbours, spreads a limit evenly, and keeps averages only', async () => {
  const sd = units([Array.from({ length: 10 }, (_, i) => 5 + 10 * i), []]);
  const all = await snippets(ramp(), sd, { channels: 'all', maxPerUnit: 4, keep: false });
  expect(all.units[0].channels).toEqual([0, 1]);
  expect(Array.from(all.units[0].spikes)).toEqual([0, 2, 5, 7]);
  expect(all.units[0].waveforms).toBeNull();
  expect(all.units[1].average.data.every((value) => value === 0)).toBe(true);
  const near = await snippets(ramp(), sd, { channels: 'neighbours', radiusUm: 29 });
  expect(near.units[0].channels).toEqual([0]);
  await expect(snippets(ramp(), new SpikeData([[5]], {}))).rejects.toThrow(/neuronAttributes\[0\]\.channel/);
});

it('gives the deviation over spikes', async () => {
  const found = await snippets(ramp(), units([[5, 10], []]), { beforeMs: 0, afterMs: 0.05 });
  // samples 100 and 200
  expect(Array.from(found.units[0].average.data)).toEqual([150]);
  expect(Array.from(found.units[0].deviation.data)).toEqual([50]);
});

it('cuts in the same call as peaks are found, and stores as Python does', async () => {
  const options = { channelLocations: undefined, onWarning: () => {}, snippets: { beforeMs: 0.5, afterMs: 0.5 } };
  const peaks = await detectPeaks(recordingOf('noisy'), options);
  const sd = peaks.toSpikeData();
  const { waveforms, avg_waveform, traces_meta, spike_amplitudes } = (sd.neuronAttributes?.[0] ?? {}) as {
    waveforms: { data: Float32Array; shape: number[] };
    avg_waveform: { shape: number[] };
    traces_meta: { fs_kHz: number; bandpass: number[]; filter_order: number; spike_times_ms: Float64Array };
    spike_amplitudes: Float32Array;
  };
  const spikes = peaks.snippets?.units[0].spikes ?? [];
  expect(waveforms.shape).toEqual([1, 20, spikes.length]);
  // the peak lies at index `before`, with its amplitude
  const atPeak = Array.from(spikes, (_, k) => waveforms.data[10 * spikes.length + k]);
  expect(atPeak).toEqual(Array.from(spikes, (i) => spike_amplitudes[i]));
  expect(avg_waveform.shape).toEqual([1, 20]);
  expect(traces_meta).toMatchObject({ fs_kHz: fsHz / 1000, bandpass: [300, 6000], filter_order: 3 });
  expect(Array.from(traces_meta.spike_times_ms)).toEqual(Array.from(spikes, (i) => sd.train[0][i]));
  expect(() => storeSnippets(sd.subset([0]), peaks.snippets as NonNullable<typeof peaks.snippets>)).toThrow(/1 units/);
});

const gains = { gainsToUv: Float64Array.of(1, 1, 1, 1, 1, 1) };
/** Enough for windows of some hundred spikes in blocks of 1024 samples. */
const little = 2 ** 19;

it.each<[string, boolean, SnippetOptions, PeakOptions]>([
  ['short windows', true, { beforeMs: 0.5, afterMs: 0.5 }, {}],
  ['a sample before', true, { beforeMs: 0.05, afterMs: 0 }, { peakSign: 'both' }],
  ['windows longer than blocks', true, { beforeMs: 25, afterMs: 35 }, { thresholdSigma: 12 }],
  ['all channels', true, { channels: 'all' }, { reference: {}, excludeSweepMs: 0.05, thresholdSigma: 8 }],
  ['neighbours', true, { channels: 'neighbours', radiusUm: 25 }, { method: 'locally-exclusive', excludeSweepMs: 0.3 }],
  ['a threshold in µV', true, {}, { thresholdUv: 40, ...gains, excludeSweepMs: 30 }],
  ['as many as are wanted', true, { maxPerUnit: 3, keep: false }, { noise: 'std' }],
  ['peaks by dead time', false, {}, { method: 'dead-time' }],
])('cuts %s along, as later from the peaks', async (_what, along, windows, settings) => {
  const options = { onWarning: () => {}, badChannels: [], ...settings };
  const [plain, cut, later] = ['noisy', 'noisy', 'noisy'].map(() => recordingOf('noisy'));
  await inSmallBlocks(async () => {
    const { sample } = await detectPeaks(plain, options);
    const peaks = await detectPeaks(cut, { ...options, snippets: windows });
    expect(peaks.sample).toEqual(sample);
    expect(sample.length).toBeGreaterThan(0);
    // no sweep is added
    expect(cut.reads.length === plain.reads.length).toBe(along);
    const filter = { lowcut: 300, highcut: 6000, order: 3 };
    const again = await snippets(later, peaks, { filter, reference: settings.reference, ...windows });
    expect(peaks.snippets?.units).toEqual(again.units);
    expect(again.units.some(({ spikes }) => spikes.length > 0)).toBe(true);
  }, little);
});

it('cuts in a sweep of its own where memory does not last', async () => {
  const [along, later] = [recordingOf('noisy'), recordingOf('noisy')];
  const options = { onWarning: () => {}, thresholdSigma: 3, snippets: { channels: 'all' } as const };
  const first = await inSmallBlocks(() => detectPeaks(later, options), little);
  const second = await detectPeaks(along, options);
  expect(later.reads.length).toBeGreaterThan(along.reads.length);
  expect(first.snippets?.units).toEqual(second.snippets?.units);
});
