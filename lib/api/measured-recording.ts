/** Detected spikes with what they were measured against: noise, thresholds, amplitudes and filtered traces, in µV where gains are known. */
import { native } from '../addon/binding.js';
import { runJob } from '../addon/job.js';
import type { Progress } from '../core/options.js';
import type { DetectSpikesOptions } from '../detection/crossings.js';
import { detectOpen, type ReadableRecording } from '../detection/recording.js';
import type { Threshold } from '../detection/threshold.js';
import { samplesOf } from '../recordings/clock.js';
import { detectedSpikeData, type SpikeData } from '../spike-data/spike-data.js';

type Measurable = ReadableRecording & {
  readonly gainsToUv?: Float64Array | null;
  readonly offsetsToUv?: Float64Array | null;
};

interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface MeasuredRecording {
  readonly sd: SpikeData;
  /** 'a.u.' (arbitrary units) for samples as they are stored. */
  readonly unit: 'µV' | 'a.u.';
  /** Of each channel after filtering, in that unit; NaN where it could not be measured. */
  readonly noise: Float64Array;
  /** Signed thresholds of a channel: one, or with both directions two; none where it has no noise. */
  thresholds(channel: number): number[];
  /** Filtered samples [start, end), one array a channel: the same as of the whole recording, but for 1e-9 of the noise. */
  filtered(start: number, end: number, channels: readonly number[], work?: WorkOptions): Promise<Float64Array[]>;
  /** Signed extremum of the filtered trace within 1 ms from each spike of these channels, on the side of the threshold. */
  amplitudes(channels: readonly number[], work?: WorkOptions): Promise<Float64Array[]>;
}

/** The recording stays open, and has to as long as traces or amplitudes are asked for. */
export async function measureRecording(
  recording: Measurable,
  options: DetectSpikesOptions,
  source: unknown,
): Promise<MeasuredRecording> {
  const found = await detectOpen(recording, options, source);
  const sd = detectedSpikeData(found);
  const { gains, unit } = scaleOf(recording, found.threshold.sos);
  const noise = found.noise.map((value, channel) => value * gains[channel]);
  const filtered: MeasuredRecording['filtered'] = (start, end, channels, work) =>
    filterStretch(recording, found.threshold, gains, { start, end, channels }, work);
  return {
    sd,
    unit,
    noise,
    thresholds: (channel) => signedThresholds(noise[channel], found.threshold),
    filtered,
    amplitudes: (channels, work) =>
      measureAmplitudes(recording, { sd, threshold: found.threshold }, filtered, channels, work),
  };
}

function signedThresholds(noise: number, { sigma, direction }: Threshold): number[] {
  if (!Number.isFinite(noise)) return [];
  const size = Math.abs(sigma * noise);
  return { both: [-size, size], up: [size], down: [-size] }[direction];
}

/** µV where every channel has a gain, and the offsets do not matter: there are none, or the filter takes constants away. */
function scaleOf({ channels, gainsToUv, offsetsToUv }: Measurable, sos: Float64Array) {
  const dropsConstants = sectionsOf(sos).some(([b0, b1, b2]) => Math.abs(b0 + b1 + b2) < 1e-9 * Math.abs(b0));
  const known = gainsToUv?.every((gain) => Number.isFinite(gain) && gain !== 0);
  const shifted = !dropsConstants && offsetsToUv?.some((offset) => offset !== 0);
  if (gainsToUv && known && !shifted) return { gains: gainsToUv, unit: 'µV' as const };
  return { gains: new Float64Array(channels).fill(1), unit: 'a.u.' as const };
}

const sectionsOf = (sos: Float64Array) =>
  Array.from({ length: sos.length / 6 }, (_, i) => sos.subarray(6 * i, 6 * i + 6));

/** Samples on each side until the slowest pole of the filter has decayed to 1e-12, in both directions of filtering. */
function marginOf(sos: Float64Array, fsHz: number): number {
  // a pole of a section z² + a1 z + a2: |z|² = a2 for a pair, else the larger real root
  const radius = sectionsOf(sos).reduce((most, [, , , , a1, a2]) => {
    const inside = a1 * a1 - 4 * a2;
    const size = inside < 0 ? Math.sqrt(a2) : (Math.abs(a1) + Math.sqrt(inside)) / 2;
    return Math.max(most, size);
  }, 0);
  if (!(radius > 0)) return 0;
  const samples = Math.ceil(Math.log(1e-12) / Math.log(Math.min(radius, 1 - 1e-9)));
  return Math.min(Math.max(samples, 100), Math.ceil(20 * fsHz));
}

async function filterStretch(
  recording: ReadableRecording,
  { sos, fsHz, threads }: Threshold,
  gains: Float64Array,
  { start, end, channels }: { start: number; end: number; channels: readonly number[] },
  { signal }: WorkOptions = {},
): Promise<Float64Array[]> {
  const margin = sos.length ? marginOf(sos, fsHz) : 0;
  const from = Math.max(0, start - margin);
  const to = Math.min(recording.samples, end + margin);
  const { data } = await recording.read({ start: from, end: to, channels }, { signal });
  const samples = to - from;
  const request = { data, channels: channels.length, samples, sos, threads };
  const filtered = sos.length ? await runJob(() => native().filterTraces(request), { signal }) : data;
  return channels.map((channel, row) => {
    const first = row * samples + start - from;
    return Float64Array.from({ length: end - start }, (_, i) => Number(filtered[first + i]) * gains[channel]);
  });
}

/** Seconds that are filtered at once. */
const pieceSeconds = 2;

async function measureAmplitudes(
  recording: ReadableRecording,
  { sd, threshold }: { sd: SpikeData; threshold: Threshold },
  filtered: MeasuredRecording['filtered'],
  channels: readonly number[],
  work: WorkOptions = {},
): Promise<Float64Array[]> {
  const { fsHz, direction } = threshold;
  const { gaps = [] } = recording;
  const spikes = channels.map((channel) => samplesOf(sd.train[channel], gaps, fsHz, sd.startTime));
  const amplitudes = spikes.map(({ length }) => new Float64Array(length).fill(Number.NaN));
  const window = Math.max(1, Math.round(fsHz / 1000));
  const piece = Math.ceil(pieceSeconds * fsHz);
  const next = channels.map(() => 0);
  for (let start = 0; start < recording.samples; start += piece) {
    const end = Math.min(recording.samples, start + piece);
    const busy = channels.flatMap((_, row) => (spikes[row][next[row]] < end ? [row] : []));
    if (busy.length) {
      const to = Math.min(recording.samples, end + window);
      const rows = await filtered(
        start,
        to,
        busy.map((row) => channels[row]),
        work,
      );
      busy.forEach((row, i) => {
        for (; next[row] < spikes[row].length && spikes[row][next[row]] < end; next[row]++) {
          const at = spikes[row][next[row]] - start;
          amplitudes[row][next[row]] = extremum(rows[i].subarray(at, at + window), direction);
        }
      });
    }
    work.onProgress?.({ stage: 'measuring', done: end, total: recording.samples, unit: 'samples' });
  }
  return amplitudes;
}

/** The side is that of the first sample where both count. */
function extremum(samples: Float64Array, direction: 'both' | 'up' | 'down'): number {
  const down = direction === 'down' || (direction === 'both' && samples[0] < 0);
  return samples.reduce((most, value) => ((down ? value < most : value > most) ? value : most), samples[0]);
}
