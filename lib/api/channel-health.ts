/** Which channels of a recording are no good. */
import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import { finite, integer, oneOf, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import { ReportBuilder } from '../core/report.js';
import { type ChannelOptions, type Channels, channelOptionNames } from '../detection/channel-options.js';
import { feed } from '../detection/feed.js';
import { type ResolvedPeaks, resolveTraces } from '../detection/peak-options.js';
import type { ReadableRecording } from '../detection/recording.js';
import { openRecordingNames } from '../recordings/recording.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { type PeakSource, withSource } from './peak-source.js';

export interface HealthOptions extends Omit<ChannelOptions, 'badChannels'>, OpenRecordingOptions {
  /** coherence+psd (default; needs locations and gains): IBL's; std, mad: outliers. */
  method?: 'coherence+psd' | 'std' | 'mad';
  /** std, mad: more than this many times the median of all channels. Default 5. */
  factor?: number;
  /** Order 5, forward and backward, before all else. Default 300; false for recordings that are filtered. */
  highpassHz?: number | false;
  /** coherence+psd: evenly spaced, the label of most of them counts. Defaults 300 and 100. */
  chunkMs?: number;
  chunks?: number;
  /** coherence+psd. Defaults 0.02 µV²/Hz, −0.5, 1, −0.75, 11, 0.8, 10, 'top'. */
  psdLimit?: number;
  dead?: number;
  noisy?: number;
  outside?: number;
  neighbours?: number;
  nyquistShare?: number;
  welchMs?: number;
  outsideAt?: 'top' | 'bottom' | 'both';
  memoryBytes?: number;
  threads?: number;
}

export type ChannelLabel = 'good' | 'dead' | 'noise' | 'out';

export interface ChannelHealth {
  readonly labels: readonly ChannelLabel[];
  /** Rows with any other label than 'good': goes into `badChannels` as it is. */
  readonly bad: readonly number[];
  /** One a channel. std, mad: deviation (in µV where gains are known); coherence+psd: similarity (less its trend), trend, psdHf: medians over the chunks. */
  readonly features: Readonly<Record<string, Float64Array>>;
}

const coherenceNames = {
  chunkMs: true,
  chunks: true,
  psdLimit: true,
  dead: true,
  noisy: true,
  outside: true,
  neighbours: true,
  nyquistShare: true,
  welchMs: true,
  outsideAt: true,
} as const;
const { badChannels: _, ...describing } = channelOptionNames;
const names: OptionNames<HealthOptions> = {
  ...openRecordingNames,
  ...describing,
  ...coherenceNames,
  method: true,
  factor: true,
  highpassHz: true,
  memoryBytes: true,
  threads: true,
};

const labelNames: readonly ChannelLabel[] = ['good', 'dead', 'noise', 'out'];

/**
 * Labels channels, of the high-passed traces: 'coherence+psd' by how alike each is to the median of all and by its noise at high
 * frequencies (IBL's, as SpikeInterface has it, on evenly spaced chunks), 'std' and 'mad' by deviations of the whole recording.
 *
 * @throws OptionError, NotFoundError, FormatError
 */
export async function channelHealth(
  recording: ReadableRecording | Source,
  options: HealthOptions = {},
): Promise<ChannelHealth> {
  const given = knownOptions(options, names, 'channelHealth');
  return withSource(recording, given, async (from) => {
    const found = await healthOf(from, given);
    const count = found.bad.length;
    if (count * 3 > from.channels) {
      const message = `${count} of ${from.channels} channels are bad: more than a third, so check that places, gains and highpassHz are right`;
      new ReportBuilder(from.format ?? 'recording', recording, given.onWarning).warning(
        'many-bad-channels',
        message,
        count,
      );
    }
    return found;
  });
}

/**
 * Of a source that is open, for options that went through `knownOptions`.
 *
 * @param option what the caller's user asked with, for errors about what is not known of the channels
 */
export async function healthOf(from: PeakSource, given: HealthOptions, option?: string): Promise<ChannelHealth> {
  const method = oneOf(given.method ?? 'coherence+psd', 'method', ['coherence+psd', 'std', 'mad']);
  const other = method === 'coherence+psd' ? ['factor'] : Object.keys(coherenceNames);
  for (const name of other as (keyof HealthOptions)[]) {
    if (given[name] !== undefined) throw new OptionError(name, `left out with method '${method}'`, given[name]);
  }
  const { highpassHz = 300, memoryBytes, threads, channelLocations, gainsToUv, offsetsToUv } = given;
  const filter = highpassHz === false ? false : { lowcut: positive(highpassHz, 'highpassHz'), order: 5 };
  const about = { channelLocations, gainsToUv, offsetsToUv, memoryBytes, threads };
  const resolved = resolveTraces({ ...about, filter }, from);
  if (method !== 'coherence+psd') return byDeviation(from, resolved, method, given);
  if (option && !(resolved.channels.gains && resolved.channels.places)) {
    const hint = "Give channelLocations and gainsToUv, or the rows that channelHealth finds with method 'mad'";
    throw new OptionError(option, "rows, or 'detect' where places and gains of the channels are known", 'detect', hint);
  }
  return byCoherence(from, resolved, given);
}

function health(labels: ChannelLabel[], features: Record<string, Float64Array>): ChannelHealth {
  return { labels, bad: labels.flatMap((label, c) => (label === 'good' ? [] : [c])), features };
}

async function byDeviation(
  from: PeakSource,
  { request, channels }: ResolvedPeaks,
  method: 'std' | 'mad',
  options: HealthOptions,
): Promise<ChannelHealth> {
  const factor = positive(options.factor ?? 5, 'factor');
  const detector = callNative(() => native().peaksOpen({ ...request, noise: method === 'mad' ? 'deviation' : 'std' }));
  await feed(detector, from, options);
  const { noise } = callNative(() => native().peaksResult(detector));
  const deviation = noise.map((value, c) => value * Math.abs(channels.gains?.[c] ?? 1));
  const limit = factor * median(deviation);
  const labels = Array.from(deviation, (d): ChannelLabel => (d > limit || Number.isNaN(d) ? 'noise' : 'good'));
  return health(labels, { deviation });
}

function median(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

async function byCoherence(from: PeakSource, { request, channels }: ResolvedPeaks, options: HealthOptions) {
  if (!channels.gains)
    throw new OptionError('gainsToUv', "one a channel for method 'coherence+psd'", options.gainsToUv);
  const { fsHz, samples } = from;
  // µV without what lies at 0
  const detector = callNative(() => native().peaksOpen({ ...request, offsets: new Float64Array(channels.count) }));
  const number = (name: 'psdLimit' | 'dead' | 'noisy' | 'outside', missing: number) =>
    finite(options[name] ?? missing, name);
  const at = oneOf(options.outsideAt ?? 'top', 'outsideAt', ['top', 'bottom', 'both']);
  const share = positive(options.nyquistShare ?? 0.8, 'nyquistShare');
  if (share >= 1) throw new OptionError('nyquistShare', 'below 1', share);
  const measured = {
    order: depthOrder(channels),
    ...chunksOf(options, samples, fsHz),
    fsHz,
    segment: Math.max(1, Math.trunc((positive(options.welchMs ?? 10, 'welchMs') * fsHz) / 1000)),
    nyquistShare: share,
    psdLimit: number('psdLimit', 0.02),
    dead: number('dead', -0.5),
    noisy: number('noisy', 1),
    outside: number('outside', -0.75),
    neighbours: integer(options.neighbours ?? 11, 'neighbours', 1),
    outsideTop: at !== 'bottom',
    outsideBottom: at !== 'top',
  };
  callNative(() => native().peaksMeasure(detector, measured));
  await feed(detector, from, options);
  const { labels, ...features } = callNative(() => native().peaksTakeMeasures(detector));
  return health(
    Array.from(labels, (label) => labelNames[label]),
    features,
  );
}

/** From the tip up: by y, then x, then row. */
function depthOrder({ places, count }: Channels): Uint32Array {
  if (!places) {
    const hint = 'Give channelLocations, or method std or mad';
    throw new OptionError('channelLocations', "one a channel for method 'coherence+psd'", undefined, hint);
  }
  const bad = places.findIndex((place) => !place.every(Number.isFinite));
  if (bad >= 0) throw new OptionError(`channelLocations[${bad}]`, 'a place in µm', places[bad]);
  const rows = Array.from({ length: count }, (_, c) => c);
  return Uint32Array.from(rows.sort((a, b) => places[a][1] - places[b][1] || places[a][0] - places[b][0] || a - b));
}

/** Evenly spaced; one of everything where the recording is no longer than one. */
function chunksOf(options: HealthOptions, samples: number, fsHz: number): { starts: Float64Array; length: number } {
  const length = Math.trunc((positive(options.chunkMs ?? 300, 'chunkMs') / 1000) * fsHz);
  const count = integer(options.chunks ?? 100, 'chunks', 1);
  if (length < 1) throw new OptionError('chunkMs', 'at least one sample', options.chunkMs);
  if (samples <= length) return { starts: Float64Array.of(0), length: samples };
  if (count === 1) return { starts: Float64Array.of(0), length };
  const starts = Float64Array.from({ length: count }, (_, i) => Math.floor((i * (samples - length)) / (count - 1)));
  return { starts, length };
}
