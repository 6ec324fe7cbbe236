/** What all recordings have in common: checked ranges, limits, closing. */

import type { NativeSource } from '../addon/contract.js';
import type { NdArray, NumericArray } from '../core/arrays.js';
import { integer } from '../core/checks.js';
import { LimitError, OptionError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import type { Gap, Recording } from './recording.js';
import type { RecordContext } from './recording-format.js';

export interface TraceInfo {
  format: string;
  path: string;
  channels: number;
  samples: number;
  fsHz: number;
  dtype: string;
  /** Bytes of one sample of one channel. */
  sampleBytes: number;
  channelLocations?: NdArray<Float64Array> | null;
  channelIds?: readonly (string | number)[] | null;
  gainsToUv?: Float64Array | null;
  offsetsToUv?: Float64Array | null;
  /** Of the first sample on the file's own clock. Default 0. */
  startMs?: number;
  /** What that counts from. Default 'session'. */
  clock?: 'session' | 'acquisition';
  /** Default 1. */
  segments?: number;
  gaps?: readonly Gap[];
}

/** Reads [start, end) of these channels, in their order, as (channels, end - start) in C order. Arguments are checked. */
export type ReadTraces = (
  start: number,
  end: number,
  channels: readonly number[],
  signal: AbortSignal | undefined,
) => Promise<NumericArray>;

type Range = Parameters<Recording['read']>[0];
const rangeNames: OptionNames<Range> = { start: true, end: true, channels: true };

/** The key under which a recording keeps what native code needs to read it by itself. */
export const nativeSource = Symbol('nativeSource');

export class TraceRecording implements Recording {
  readonly format: string;
  readonly channels: number;
  readonly samples: number;
  readonly fsHz: number;
  readonly dtype: string;
  readonly channelLocations: NdArray<Float64Array> | null;
  readonly channelIds: readonly (string | number)[] | null;
  readonly gainsToUv: Float64Array | null;
  readonly offsetsToUv: Float64Array | null;
  readonly startMs: number;
  readonly clock: 'session' | 'acquisition';
  readonly segments: number;
  readonly gaps: readonly Gap[];
  readonly findings: readonly Finding[];
  readonly #info: TraceInfo;
  readonly #readTraces: ReadTraces;
  readonly #source: NativeSource | undefined;
  readonly #context: RecordContext;
  #closed = false;

  /** @param source the same samples for native code, where it can read them */
  constructor(info: TraceInfo, readTraces: ReadTraces, context: RecordContext, source?: NativeSource) {
    this.format = info.format;
    this.channels = info.channels;
    this.samples = info.samples;
    this.fsHz = info.fsHz;
    this.dtype = info.dtype;
    this.channelLocations = info.channelLocations ?? null;
    this.channelIds = oneEach(info.channelIds, 'ids', info, context);
    this.gainsToUv = oneEach(info.gainsToUv, 'gains', info, context);
    this.offsetsToUv = oneEach(info.offsetsToUv, 'offsets', info, context);
    this.startMs = info.startMs ?? 0;
    this.clock = info.clock ?? 'session';
    this.segments = info.segments ?? 1;
    this.gaps = info.gaps ?? [];
    this.findings = context.report.findings;
    this.#info = info;
    this.#readTraces = readTraces;
    this.#context = context;
    this.#source = source;
  }

  get [nativeSource](): NativeSource | undefined {
    this.#requireOpen();
    return this.#source;
  }

  async read(range: Range, options: { signal?: AbortSignal } = {}): Promise<NdArray> {
    this.#requireOpen();
    const { signal } = knownOptions(options, { signal: true }, 'read');
    const { start, end, channels } = this.#check(knownOptions(range, rangeNames, 'a range', 'range'));
    signal?.throwIfAborted();
    const data = await this.#readTraces(start, end, channels, signal);
    signal?.throwIfAborted();
    return { data, shape: [channels.length, end - start] };
  }

  /**
   * The same recording, as if it had only the first `samples` of its samples: for a short run that tells how long a whole one takes.
   * It is closed with this one. See `cutsFairly`.
   */
  beginning(samples: number): TraceRecording {
    if (samples >= this.samples) return this;
    const info = { ...this.#info, samples: Math.min(samples, this.samples), gaps: [] };
    return new TraceRecording(
      info,
      this.#readTraces,
      this.#context,
      this.#source && cutSource(this.#source, info.samples),
    );
  }

  /** Whether samples of its beginning are read in the way of those of the whole, and take as long. */
  get cutsFairly(): boolean {
    return !this.#source || 'streams' in this.#source;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw new OptionError('recording', 'open', `a closed one (${this.#info.path})`);
  }

  #check(range: Range) {
    const start = integer(range.start, 'range.start', 0, this.samples);
    const end = integer(range.end, 'range.end', start, this.samples);
    const channels = range.channels ?? Array.from({ length: this.channels }, (_, c) => c);
    if (!Array.isArray(channels)) throw new OptionError('range.channels', 'an array of channel indices', channels);
    for (const [i, c] of channels.entries()) integer(c, `range.channels[${i}]`, 0, this.channels - 1);
    const found = (end - start) * channels.length * this.#info.sampleBytes;
    const allowed = this.#context.limits.maxArrayBytes;
    if (found > allowed) throw new LimitError('maxArrayBytes', allowed, found, this.#info.path);
    return { start, end, channels };
  }
}

/** Undefined for a dataset of HDF5, which is read as a whole or not at all: its samples then come through `readTraces`. */
function cutSource(source: NativeSource, samples: number): NativeSource | undefined {
  if (!('streams' in source)) return undefined;
  const streams = source.streams.map((stream) => {
    let left = samples;
    const counts = Array.from(stream.runSamples, (count) => {
      const taken = Math.min(count, left);
      left -= taken;
      return taken;
    }).filter((count) => count > 0);
    const runs = counts.length;
    return {
      ...stream,
      runFiles: stream.runFiles.slice(0, runs),
      runOffsets: stream.runOffsets.slice(0, runs),
      runSamples: Float64Array.from(counts),
    };
  });
  return { ...source, samples, streams };
}

/** What a file says of its channels, where it says it of each. */
function oneEach<T extends { length: number }>(
  values: T | null | undefined,
  what: string,
  { channels, path }: TraceInfo,
  { report }: RecordContext,
): T | null {
  if (!values || values.length === channels) return values ?? null;
  const message = `${path} has ${values.length} ${what} for ${channels} channels: they are left out`;
  report.warning('channels-not-described', message);
  return null;
}

/** The rate of a file, unless the user gives another: then that, with a finding. */
export function chooseRate(found: number, path: string, { options, report }: RecordContext): number {
  const given = options.fsHz;
  if (given === undefined) return found;
  if (Math.abs(given - found) > 1e-6 * found) {
    report.warning('sample-rate-differs', `fsHz is ${given}, but ${path} says ${found}: the given one is taken`);
  }
  return given;
}

/** Coordinates as (channels, dimensions). */
export function locations(rows: readonly (readonly number[])[]): NdArray<Float64Array> | null {
  const dimensions = rows[0]?.length ?? 0;
  if (dimensions < 2 || rows.some((row) => row.length !== dimensions)) return null;
  return { data: Float64Array.from(rows.flat()), shape: [rows.length, dimensions] };
}
