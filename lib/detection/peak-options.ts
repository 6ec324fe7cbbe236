/** What detectPeaks can be told, and what it makes of it for the native side. */
import type { PeaksRequest } from '../addon/contract.js';
import { finite, integer, nonNegative, oneOf, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import type { OptionNames } from '../core/known-options.js';
import { type LoadOptions, resolveLimits } from '../core/options.js';
import { type BlankOptions, resolveBlank } from './blank.js';
import {
  type ChannelOptions,
  type Channels,
  channelOptionNames,
  type DescribedChannels,
  neighboursWithin,
  resolveChannels,
  rowsOf,
} from './channel-options.js';
import { type ButterworthOptions, checkPadding, checkThreads } from './filter.js';
import { type ReferenceOptions, resolveReference } from './reference.js';
import type { SnippetOptions } from './snippet-windows.js';
import { resolveFilter } from './threshold.js';
import { type NoiseKind, resolveLevels } from './threshold-levels.js';

export interface PeakOptions extends ChannelOptions, Omit<LoadOptions, 'isolate'> {
  /** Samples per second; not needed where the recording says. */
  fsHz?: number;
  /** by-channel (default), locally-exclusive: SpikeInterface's; dead-time: crossing, extremum, dead time, as wave_clus has it. */
  method?: 'by-channel' | 'locally-exclusive' | 'dead-time';
  /** One, or one a channel. Default 5; not with thresholdUv. */
  thresholdSigma?: number | ArrayLike<number>;
  /** One, or one a channel, above 0. Needs gains. */
  thresholdUv?: number | ArrayLike<number>;
  /** Default 'neg'. */
  peakSign?: 'neg' | 'pos' | 'both';
  /** Default 1. by-channel: at least one sample. */
  excludeSweepMs?: number;
  /** locally-exclusive: up to and including. Default 50. Needs locations, or neighbours. */
  radiusUm?: number;
  /** Instead of a radius: of each channel, the rows it competes with (made symmetric; itself always). */
  neighbours?: readonly (readonly number[])[];
  /** dead-time: from one peak to where the next may cross. Default 1.5; the extremum is sought in the first half of it. */
  deadTimeMs?: number;
  /** true (default): order-3 Butterworth band-pass 300–6000 Hz, forward and backward; an object: that filter; false: none. */
  filter?: boolean | ButterworthOptions;
  /** After the filter. Default none. */
  reference?: ReferenceOptions | false;
  /** Default 'si-mad'; or the noise of each channel, in the unit of the traces. */
  noise?: NoiseKind | ArrayLike<number>;
  blank?: BlankOptions;
  /** Cut snippets from the filtered, referenced traces. */
  snippets?: SnippetOptions;
  /** ms of the first sample. Default: as detectSpikes. */
  startTime?: number;
  /** ms. Default: that of the recording. */
  length?: number;
  /** Peaks of one channel beyond this many are left out, with a warning. Default ten million. */
  maxSpikesPerChannel?: number;
  /** About how much may be used, for pieces and filters. Default 64 MB, at least 8 MB. */
  memoryBytes?: number;
  threads?: number;
}

export const peakOptionNames: OptionNames<Omit<PeakOptions, keyof LoadOptions | 'fsHz'>> = {
  ...channelOptionNames,
  method: true,
  thresholdSigma: true,
  thresholdUv: true,
  peakSign: true,
  excludeSweepMs: true,
  radiusUm: true,
  neighbours: true,
  deadTimeMs: true,
  filter: true,
  reference: true,
  noise: true,
  blank: true,
  snippets: true,
  startTime: true,
  length: true,
  maxSpikesPerChannel: true,
  memoryBytes: true,
  threads: true,
};

/** Traces that peaks are sought in. */
export interface DescribedTraces extends DescribedChannels {
  readonly samples: number;
  readonly fsHz: number;
}

export interface ResolvedPeaks {
  request: PeaksRequest;
  channels: Channels;
  findings: Finding[];
}

type TraceOptions = Pick<PeakOptions, 'filter' | 'reference' | 'blank' | 'memoryBytes' | 'threads'> & ChannelOptions;

/** The traces alone, nothing being sought in them: what snippets are cut from. */
export function resolveTraces(options: TraceOptions, traces: DescribedTraces): ResolvedPeaks {
  const channels = resolveChannels(options, traces);
  const { gains, offsetsUv, count } = channels;
  const sos = resolveFilter(options.filter ?? true, traces.fsHz);
  if (sos.length > 0) checkPadding(sos, traces.samples, 'recording');
  const { findings, ...reference } = resolveReference(options.reference, channels);
  // a filter takes offsets away, unless it lets slow signals pass
  const keepsOffset = sos.length === 0 || (typeof options.filter === 'object' && !options.filter.lowcut);
  const offset = (c: number) => (keepsOffset && offsetsUv && gains ? offsetsUv[c] / gains[c] : 0);
  const nothing = { thresholds: new Float64Array(count).fill(Infinity), inNoise: false, noise: 'none' as const };
  const request: PeaksRequest = {
    channels: count,
    samples: traces.samples,
    sos,
    offsets: Float64Array.from({ length: count }, (_, c) => offset(c)),
    gains: gains ?? new Float64Array(count).fill(1),
    offsetsUv: offsetsUv ?? new Float64Array(count),
    reference,
    ...resolveBlank(options.blank, traces.fsHz, traces.samples, gains !== null),
    method: 'by-channel',
    sign: 'neg',
    sweep: 0,
    dead: 0,
    align: 1,
    hysteresis: true,
    ...nothing,
    givenNoise: new Float64Array(0),
    bad: channels.bad,
    neighbours: [],
    channelCap: 1e7,
    maxPeaks: Infinity,
    windows: null,
    memoryBytes: integer(options.memoryBytes ?? 2 ** 26, 'memoryBytes', 2 ** 23),
    threads: checkThreads(options.threads),
  };
  return { request, channels, findings };
}

/** For options that went through `knownOptions`. @throws OptionError for the first that does not fit */
export function resolvePeaks(options: PeakOptions, traces: DescribedTraces): ResolvedPeaks {
  const { request, channels, findings } = resolveTraces(options, traces);
  const method = oneOf(options.method ?? 'by-channel', 'method', ['by-channel', 'locally-exclusive', 'dead-time']);
  const { maxSpikes } = resolveLimits(options.limits);
  const cap = integer(options.maxSpikesPerChannel ?? 1e7, 'maxSpikesPerChannel', 1);
  return {
    channels,
    findings,
    request: {
      ...request,
      method,
      sign: oneOf(options.peakSign ?? 'neg', 'peakSign', ['neg', 'pos', 'both']),
      ...resolveTimes(options, method, traces.fsHz),
      ...resolveLevels(options, channels),
      neighbours: resolveNeighbours(options, method, channels),
      // one channel beyond the limit is enough to know
      channelCap: Math.min(cap, Math.floor(maxSpikes) + 1),
      maxPeaks: maxSpikes,
    },
  };
}

type Method = NonNullable<PeakOptions['method']>;

function resolveTimes(options: PeakOptions, method: Method, fsHz: number) {
  // in this order of operations, as SpikeInterface and wave_clus have it
  const samplesOf = (ms: number) => Math.trunc((ms * fsHz) / 1000);
  const sweepMs = finite(nonNegative(options.excludeSweepMs ?? 1, 'excludeSweepMs'), 'excludeSweepMs');
  const deadMs = finite(positive(options.deadTimeMs ?? 1.5, 'deadTimeMs'), 'deadTimeMs');
  if (method !== 'dead-time' && options.deadTimeMs !== undefined) {
    throw new OptionError('deadTimeMs', "given only with method 'dead-time'", options.deadTimeMs);
  }
  if (method === 'dead-time' && options.excludeSweepMs !== undefined) {
    throw new OptionError('excludeSweepMs', "left out with method 'dead-time'", sweepMs, 'Give deadTimeMs');
  }
  const sweep = samplesOf(sweepMs);
  if (method === 'by-channel' && sweep < 1) {
    const expected = `at least one sample (${1000 / fsHz} ms at ${fsHz} Hz) for method 'by-channel'`;
    throw new OptionError('excludeSweepMs', expected, sweepMs);
  }
  const dead = samplesOf(deadMs);
  return { sweep, dead, align: Math.max(1, Math.floor(dead / 2)) };
}

function resolveNeighbours(options: PeakOptions, method: Method, channels: Channels): Uint32Array[] {
  const { neighbours, radiusUm } = options;
  if (method !== 'locally-exclusive') {
    for (const [name, value] of Object.entries({ neighbours, radiusUm })) {
      if (value !== undefined) throw new OptionError(name, "given only with method 'locally-exclusive'", value);
    }
    return [];
  }
  const { count } = channels;
  if (neighbours === undefined) {
    const radius = finite(nonNegative(radiusUm ?? 50, 'radiusUm'), 'radiusUm');
    // one channel has no neighbours, wherever it lies
    if (count === 1 && !channels.places) return [Uint32Array.of(0)];
    return neighboursWithin(channels, radius, 'radiusUm');
  }
  if (radiusUm !== undefined) throw new OptionError('radiusUm', 'left out where neighbours are given', radiusUm);
  if (!Array.isArray(neighbours) || neighbours.length !== count) {
    throw new OptionError('neighbours', `one list of rows a channel (${count})`, neighbours);
  }
  const sets = Array.from({ length: count }, (_, c) => new Set([c]));
  neighbours.forEach((list, c) => {
    for (const row of rowsOf(list, count, `neighbours[${c}]`)) {
      sets[c].add(row);
      sets[row].add(c);
    }
  });
  return sets.map((set) => Uint32Array.from(set).sort());
}
