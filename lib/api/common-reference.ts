/** A recording with the common reference taken off. */
import { native } from '../addon/binding.js';
import type { NativeReference } from '../addon/contract.js';
import { runJob } from '../addon/job.js';
import type { NdArray } from '../core/arrays.js';
import { integer } from '../core/checks.js';
import { FormatError, OptionError } from '../core/errors.js';
import { knownOptions, pickOptions } from '../core/known-options.js';
import {
  type ChannelOptions,
  type Channels,
  channelOptionNames,
  resolveChannels,
} from '../detection/channel-options.js';
import { isRecording, type ReadableRecording } from '../detection/recording.js';
import { type ReferenceOptions, referenceNames, resolveReference } from '../detection/reference.js';
import type { Recording } from '../recordings/recording.js';
import type { PeakSource } from './peak-source.js';

/**
 * The recording with the reference taken off, read piece by piece as the first one is: float32, rounded once from float64. For what comes
 * after it: detectSpikes, detectPeaks, snippets, export. The option `reference` of those does the same AFTER the filter. Closing it
 * closes the first one.
 *
 * @throws OptionError for options that do not fit the recording
 */
export function commonReference(
  recording: ReadableRecording,
  options: ReferenceOptions & ChannelOptions = {},
): Recording {
  if (!isRecording(recording)) throw new OptionError('recording', 'an open recording', recording);
  const given = knownOptions(options, { ...referenceNames, ...channelOptionNames }, 'commonReference');
  const from: PeakSource & ReadableRecording = recording;
  const channels = resolveChannels(given, from);
  const { findings, ...reference } = resolveReference(
    pickOptions<ReferenceOptions>(given, referenceNames),
    channels,
    'options',
  );
  return new ReferencedRecording(from, channels, reference, findings);
}

class ReferencedRecording implements Recording {
  readonly format: string;
  readonly channels: number;
  readonly samples: number;
  readonly fsHz: number;
  readonly dtype = 'float32';
  readonly channelLocations: NdArray<Float64Array> | null;
  readonly channelIds: readonly (string | number)[] | null;
  readonly gainsToUv: Float64Array | null;
  readonly offsetsToUv: Float64Array | null;
  readonly startMs: number;
  readonly clock: 'session' | 'acquisition';
  readonly segments: number;
  readonly gaps: Recording['gaps'];
  readonly findings: Recording['findings'];
  readonly #from: ReadableRecording;
  readonly #reference: NativeReference;
  /** Added to stored samples, so that channels whose zero lies elsewhere can be compared. */
  readonly #offsets: Float64Array;
  /** Rows that are read for each row. */
  readonly #needed: Map<number, readonly number[]>;

  constructor(
    from: PeakSource & ReadableRecording,
    channels: Channels,
    reference: NativeReference,
    findings: Recording['findings'],
  ) {
    const { count, gains, offsetsUv, places } = channels;
    this.format = from.format;
    this.channels = count;
    this.samples = from.samples;
    this.fsHz = from.fsHz;
    this.channelIds = from.channelIds ?? null;
    this.gainsToUv = gains;
    this.startMs = from.startMs ?? 0;
    this.clock = from.clock ?? 'session';
    this.segments = (from as Partial<Recording>).segments ?? 1;
    this.gaps = from.gaps ?? [];
    this.findings = [...(from.findings ?? []), ...findings];
    this.channelLocations = places && { data: Float64Array.from(places.flat()), shape: [count, places[0].length] };
    this.#from = from;
    this.#reference = reference;
    this.#needed = neededRows(reference);
    const touched = (c: number) => this.#needed.has(c);
    // a channel that stays as it is keeps its offset
    this.#offsets = Float64Array.from({ length: count }, (_, c) => (gains && offsetsUv ? offsetsUv[c] / gains[c] : 0));
    this.offsetsToUv = offsetsUv?.map((offset, c) => (touched(c) || this.#offsets[c] !== 0 ? 0 : offset)) ?? null;
  }

  async read(range: Parameters<Recording['read']>[0], options: { signal?: AbortSignal } = {}): Promise<NdArray> {
    const { start, end, channels } = knownOptions(
      range,
      { start: true, end: true, channels: true },
      'a range',
      'range',
    );
    integer(start, 'range.start', 0, this.samples);
    integer(end, 'range.end', start, this.samples);
    const wanted = channels ?? Array.from({ length: this.channels }, (_, c) => c);
    for (const [i, c] of wanted.entries()) integer(c, `range.channels[${i}]`, 0, this.channels - 1);
    const rows = this.#rowsFor(wanted);
    const samples = end - start;
    if (samples === 0) return { data: new Float32Array(0), shape: [wanted.length, 0] };
    const piece = await this.#from.read({ start, end, channels: rows }, options);
    if (piece.shape[0] !== rows.length || piece.shape[1] !== samples) {
      const message = `the recording must give (${rows.length}, ${samples}) samples from ${start} on, found shape (${piece.shape.join(', ')})`;
      throw new FormatError(message, { path: this.format });
    }
    const request = {
      data: piece.data,
      channels: rows.length,
      samples,
      offsets: Float64Array.from(rows, (c) => this.#offsets[c]),
      reference: within(this.#reference, rows),
      threads: 0,
    };
    const data = await runJob(() => native().takeReference(request), { signal: options.signal });
    return { data: selected(data, samples, rows, wanted), shape: [wanted.length, samples] };
  }

  /** The rows, and all that they are referenced to. */
  #rowsFor(wanted: readonly number[]): number[] {
    const rows = new Set(wanted);
    for (const c of wanted) for (const other of this.#needed.get(c) ?? []) rows.add(other);
    return Array.from(rows).sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    await this.#from.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function neededRows({ sets }: NativeReference): Map<number, readonly number[]> {
  return new Map(sets.flatMap(({ from, to }) => Array.from(to, (c) => [c, Array.from(from)] as const)));
}

/** The same reference among rows of which only some are there. */
function within({ median, sets }: NativeReference, rows: readonly number[]): NativeReference {
  const at = new Map(rows.map((row, i) => [row, i]));
  const present = (list: Uint32Array) => list.filter((row) => at.has(row)).map((row) => at.get(row) as number);
  return {
    median,
    // a set that lacks rows is of channels that nobody asked for
    sets: sets
      .filter(({ from }) => from.every((row) => at.has(row)))
      .map(({ from, to }) => ({ from: present(from), to: present(to) })),
  };
}

/** Rows in the order that they were asked for. */
function selected(
  data: Float32Array,
  samples: number,
  rows: readonly number[],
  wanted: readonly number[],
): Float32Array {
  if (rows.length === wanted.length && rows.every((row, i) => row === wanted[i])) return data;
  const at = new Map(rows.map((row, i) => [row, i]));
  const out = new Float32Array(wanted.length * samples);
  wanted.forEach((row, i) => {
    const from = (at.get(row) as number) * samples;
    out.set(data.subarray(from, from + samples), i * samples);
  });
  return out;
}
