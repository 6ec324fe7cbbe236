/** Spikes where traces cross a threshold: the options, their checks, and the detection on traces in memory. */

import { native } from '../addon/binding.js';
import { runJob } from '../addon/job.js';
import type { NdArray, Traces } from '../core/arrays.js';
import { boolean, finite, integer, nonNegative, oneOf } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import type { FlatTrains } from '../core/flat-trains.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import { type LoadOptions, type Progress, resolveLimits } from '../core/options.js';
import {
  type ButterworthOptions,
  butterworthNames,
  checkPadding,
  checkRate,
  checkThreads,
  checkTraces,
  designSections,
} from './filter.js';

export interface ThresholdOptions {
  /** Samples per second. Default 20000. */
  fsHz?: number;
  /** Threshold in standard deviations of each (filtered) channel. Default 5. */
  thresholdSigma?: number;
  /** true: order-3 Butterworth band-pass 300–6000 Hz, applied forward and backward; an object: that filter; false: none. */
  filter?: boolean | ButterworthOptions;
  /** Report only the sample at which the threshold is first crossed. Default true. */
  hysteresis?: boolean;
  /** Which crossings count: above the threshold ('up'), below its negative ('down'), or 'both' (the default). */
  direction?: 'both' | 'up' | 'down';
  /** Duration in ms. Default: that of the traces. */
  length?: number;
  /** Time of the first sample in ms. Default 0. */
  startTime?: number;
  /** How noise is measured: standard deviation (SpikeLab's), or median absolute deviation / 0.6745. Default 'std'. */
  noise?: 'std' | 'mad';
  /** Which traces the result carries. Default 'original' for arrays (shared, not copied), false for recordings on disk. */
  keepRaw?: 'original' | 'filtered' | false;
  /** Spikes of one channel beyond this many are left out, with a warning. Default ten million. */
  maxSpikesPerChannel?: number;
  /** For recordings on disk: about how much may be used, for pieces and filters. Default 64 MB, at least 8 MB. */
  memoryBytes?: number;
  /** How many cores work. Default: all; the spikes do not depend on it. */
  threads?: number;
  /** Ends the work within milliseconds; it rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  onWarning?: (finding: Finding) => void;
  /** An array to which every warning is added; then none becomes one of Node's own. */
  findings?: Finding[];
}

export const thresholdOptionNames: OptionNames<ThresholdOptions> = {
  fsHz: true,
  thresholdSigma: true,
  filter: true,
  hysteresis: true,
  direction: true,
  length: true,
  startTime: true,
  noise: true,
  keepRaw: true,
  maxSpikesPerChannel: true,
  memoryBytes: true,
  threads: true,
  signal: true,
  onProgress: true,
  onWarning: true,
  findings: true,
};

/** Options that were checked, with their defaults. */
export interface Threshold {
  fsHz: number;
  sigma: number;
  /** Second-order sections; empty for no filter. */
  sos: Float64Array;
  hysteresis: boolean;
  direction: 'both' | 'up' | 'down';
  noise: 'std' | 'mad';
  keepRaw: 'original' | 'filtered' | false;
  lengthMs: number | undefined;
  startTimeMs: number;
  spikeCap: number;
  maxSpikes: number;
  memoryBytes: number;
  threads: number;
}

export interface Detected extends FlatTrains {
  /** Channels that had more spikes than the cap; how many were computed a second time in scipy's own order. */
  capped: Float64Array;
  recomputed: number;
  /** Noise of each channel, in the unit of the filtered traces: the threshold is thresholdSigma times this. */
  noise: Float64Array;
  /** Filtered traces, where they were asked for. */
  filtered: NdArray<Float64Array> | null;
  findings: Finding[];
}

const defaultFilter: ButterworthOptions = { lowcut: 300, highcut: 6000, order: 3 };
const defaultSpikeCap = 10_000_000;

/** For options that went through `knownOptions`. @throws OptionError for the first that does not fit. */
export function resolveThreshold(
  options: ThresholdOptions & Pick<LoadOptions, 'limits'>,
  keepRaw: Threshold['keepRaw'] = 'original',
): Threshold {
  const fsHz = checkRate(options.fsHz ?? 20000);
  const { maxSpikes } = resolveLimits(options.limits);
  const spikeCap = integer(options.maxSpikesPerChannel ?? defaultSpikeCap, 'maxSpikesPerChannel', 1);
  return {
    fsHz,
    sigma: checkSigma(options.thresholdSigma ?? 5),
    sos: resolveFilter(options.filter ?? true, fsHz),
    hysteresis: boolean(options.hysteresis ?? true, 'hysteresis'),
    direction: oneOf(options.direction ?? 'both', 'direction', ['both', 'up', 'down']),
    noise: oneOf(options.noise ?? 'std', 'noise', ['std', 'mad']),
    keepRaw: checkKeepRaw(options.keepRaw ?? keepRaw),
    lengthMs: options.length === undefined ? undefined : finite(nonNegative(options.length, 'length'), 'length'),
    startTimeMs: finite(options.startTime ?? 0, 'startTime'),
    // one channel beyond the limit is enough to know
    spikeCap: Math.min(spikeCap, Math.floor(maxSpikes) + 1),
    maxSpikes,
    memoryBytes: integer(options.memoryBytes ?? 2 ** 26, 'memoryBytes', 2 ** 23),
    threads: checkThreads(options.threads),
  };
}

function checkSigma(value: unknown): number {
  if (typeof value === 'number' && value < 0) {
    throw new OptionError('thresholdSigma', 'at least 0', value, "For negative-going spikes use direction: 'down'");
  }
  // infinity is a threshold that nothing reaches
  return nonNegative(value, 'thresholdSigma');
}

function checkKeepRaw(value: unknown): Threshold['keepRaw'] {
  if (value === false || value === 'original' || value === 'filtered') return value;
  throw new OptionError('keepRaw', "'original', 'filtered' or false", value);
}

export function resolveFilter(filter: unknown, fsHz: number): Float64Array {
  if (filter === false) return new Float64Array(0);
  if (filter === true) return designSections(defaultFilter, fsHz, 'filter.');
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
    throw new OptionError('filter', 'true, false or { lowcut, highcut, order }', filter);
  }
  return designSections(knownOptions(filter, butterworthNames, 'a filter', 'filter'), fsHz, 'filter.');
}

/**
 * Spikes of traces (channels, samples) in memory. The traces are borrowed until the promise settles; the filtered ones are
 * never stored unless `keepRaw` is 'filtered'.
 *
 * @param option what the traces are called in errors
 */
export async function detectInMemory(
  traces: Traces,
  threshold: Threshold,
  options: Pick<ThresholdOptions, 'signal' | 'onProgress'> = {},
  option = 'traces',
): Promise<Detected> {
  const { data, shape } = checkTraces(traces, option);
  const [channels, samples] = shape;
  if (threshold.sos.length > 0) checkPadding(threshold.sos, samples, option);
  const keepFiltered = threshold.keepRaw === 'filtered' && threshold.sos.length > 0;
  const found = await runJob(() => native().detectTraces({ data, channels, samples, keepFiltered, ...threshold }), {
    signal: options.signal,
    onProgress: options.onProgress,
    stage: 'detecting',
    total: samples,
    unit: 'samples',
  });
  const { filtered } = found;
  return {
    ...found,
    filtered: filtered && { data: filtered, shape: [channels, samples] },
    findings: detectionFindings(found, threshold),
  };
}

/** What a user should know about a detection. */
export function detectionFindings(
  found: { times: ArrayLike<number>; noise: Float64Array; capped: Float64Array },
  threshold: Threshold,
): Finding[] {
  const findings: Finding[] = [];
  const warning = (code: string, message: string, count: number) =>
    findings.push({ code, severity: 'warning', message, count });
  const silent = Array.from(found.noise.keys()).filter((channel) => Number.isNaN(found.noise[channel]));
  if (silent.length > 0) {
    const message = `${channelList(silent)} with NaN or infinite samples have no threshold, so no spikes`;
    warning('nan-in-traces', message, silent.length);
  }
  if (found.capped.length > 0) {
    const message = `${channelList(Array.from(found.capped))} had more than ${threshold.spikeCap} spikes: the later ones were left out; raise maxSpikesPerChannel for all`;
    warning('spikes-capped', message, found.capped.length);
  }
  if (found.times.length === 0) {
    const message = `no spikes were detected at thresholdSigma ${threshold.sigma} in direction '${threshold.direction}'; lower it, or check that the traces have spikes`;
    warning('no-spikes', message, 0);
  }
  return findings;
}

export function channelList(channels: number[]): string {
  const shown = channels.slice(0, 8).join(', ');
  return `${channels.length === 1 ? 'channel' : 'channels'} ${shown}${channels.length > 8 ? ` and ${channels.length - 8} more` : ''}`;
}

/** Everything that SpikeData.fromThresholding hands to its constructor. */
export async function thresholdTraces(traces: Traces, options: ThresholdOptions) {
  const threshold = resolveThreshold(options);
  const matrix = checkTraces(traces, 'traces');
  const detected = await detectInMemory(matrix, threshold, options);
  const { fsHz, keepRaw, lengthMs, startTimeMs } = threshold;
  const raw = keepRaw === 'filtered' ? (detected.filtered ?? matrix) : matrix;
  return {
    detected,
    options: {
      length: lengthMs ?? (matrix.shape[1] * 1000) / fsHz,
      startTime: startTimeMs,
      ...(keepRaw === false ? {} : { rawData: raw, rawTime: fsHz / 1000 }),
    },
  };
}
