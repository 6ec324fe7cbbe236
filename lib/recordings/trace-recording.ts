/** What all recordings have in common: checked ranges, limits, closing. */
import type { NdArray, NumericArray } from '../arrays.js';
import type { NativeSource } from '../binding.js';
import { LimitError, OptionError } from '../errors.js';
import { integer } from '../options.js';
import type { Recording } from '../recording.js';
import type { RecordContext } from './format.js';

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
}

/** Reads [start, end) of these channels, in their order, as (channels, end - start) in C order. Arguments are checked. */
export type ReadTraces = (
  start: number,
  end: number,
  channels: readonly number[],
  signal: AbortSignal | undefined,
) => Promise<NumericArray>;

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
    this.channelIds = info.channelIds ?? null;
    this.gainsToUv = info.gainsToUv ?? null;
    this.offsetsToUv = info.offsetsToUv ?? null;
    this.#info = info;
    this.#readTraces = readTraces;
    this.#context = context;
    this.#source = source;
  }

  get [nativeSource](): NativeSource | undefined {
    this.#requireOpen();
    return this.#source;
  }

  async read(
    range: { start: number; end: number; channels?: readonly number[] },
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<NdArray> {
    this.#requireOpen();
    const { start, end, channels } = this.#check(range);
    signal?.throwIfAborted();
    const data = await this.#readTraces(start, end, channels, signal);
    signal?.throwIfAborted();
    return { data, shape: [channels.length, end - start] };
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

  #check(range: { start: number; end: number; channels?: readonly number[] }) {
    if (typeof range !== 'object' || range === null)
      throw new OptionError('range', 'an object with start and end', range);
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
