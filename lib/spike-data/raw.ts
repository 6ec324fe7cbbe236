/** The raw traces beside the spikes, and the time of each of their samples. */

import { asMatrix, asVector, isNdArray, isNumericArray, type NdArray } from '../core/arrays.js';
import { positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';

export class RawTraces {
  readonly #data: NdArray;
  readonly #rateKHz: number | null;
  #time: Float64Array | null;

  private constructor(data: NdArray, time: Float64Array | null, rateKHz: number | null) {
    this.#data = data;
    this.#time = time;
    this.#rateKHz = rateKHz;
  }

  /** Nothing where neither is given; both or neither must be. */
  static from(rawData: unknown, rawTime: unknown): RawTraces | null {
    const noData = rawData === undefined || rawData === null;
    const noTime = rawTime === undefined || rawTime === null;
    if (noData && noTime) return null;
    if (noData || noTime) {
      const missing = noData ? 'rawData' : 'rawTime';
      throw new OptionError(missing, 'given together with the other of rawData and rawTime', undefined);
    }
    const data = asMatrix(asChannels(rawData), 'rawData');
    const samples = data.shape[1];
    if (typeof rawTime === 'number') {
      const hint = 'One number is the sample rate in kHz; for the time of each sample give an array in ms';
      return new RawTraces(data, null, positive(rawTime, 'rawTime', hint));
    }
    const vector = asVector(rawTime, 'rawTime');
    if (vector.length !== samples) {
      throw new OptionError('rawTime', `as long as rawData (${samples} samples)`, `${vector.length} times`);
    }
    const time = vector instanceof Float64Array ? vector : Float64Array.from(vector as Float32Array, Number);
    return new RawTraces(data, time, null);
  }

  /** @throws OptionError where the samples were transferred to another thread */
  get data(): NdArray {
    const { data, shape } = this.#data;
    if (data.length === shape[0] * shape[1]) return this.#data;
    throw new OptionError('rawData', 'still here', 'traces that were transferred to another thread');
  }

  /** What there is, or was before it was transferred. */
  get size(): { type: string; shape: readonly number[] } {
    return { type: this.#data.data.constructor.name, shape: this.#data.shape };
  }

  /** The time of each sample in ms, or the rate in kHz where only that is known. */
  get timeOrRate(): Float64Array | number {
    return this.#rateKHz ?? this.time;
  }

  /** ms of each sample. Where only the rate is known, samples count from 0 ms and the array is made now. */
  get time(): Float64Array {
    this.#time ??= Float64Array.from({ length: this.data.shape[1] }, (_, sample) => sample / (this.#rateKHz ?? 1));
    return this.#time;
  }

  /** Samples whose time t has start <= t < end (all from start on where openEnd), their times moved by -shift. */
  cut(
    window: { start: number; end: number; openEnd: boolean },
    shift: number,
  ): { rawData: NdArray; rawTime: Float64Array } {
    const runs = keptRuns(this.time, window);
    const samples = runs.reduce((sum, [from, to]) => sum + to - from, 0);
    const [rows, columns] = this.data.shape;
    const source = this.data.data as Float64Array;
    const out = new (source.constructor as Float64ArrayConstructor)(rows * samples);
    const rawTime = new Float64Array(samples);
    let at = 0;
    for (const [from, to] of runs) {
      for (let r = 0; r < rows; r++) out.set(source.subarray(r * columns + from, r * columns + to), r * samples + at);
      for (let i = from; i < to; i++) rawTime[at++] = this.time[i] - shift;
    }
    return { rawData: { data: out, shape: [rows, samples] }, rawTime };
  }
}

/** One array of samples is one channel. */
function asChannels(rawData: unknown): unknown {
  if (isNumericArray(rawData)) return { data: rawData, shape: [1, rawData.length] };
  if (isNdArray(rawData) && rawData.shape.length === 1 && !rawData.stride) {
    return { data: rawData.data, shape: [1, rawData.shape[0]] };
  }
  return rawData;
}

/** The samples of `a`, then those of `b` with their times moved by `shift`; of one of them where the other has none. */
export function chainRaw(
  a: RawTraces | null,
  b: RawTraces | null,
  shift: number,
): { rawData: NdArray; rawTime: Float64Array } | null {
  const moved = b?.time.map((t) => t + shift);
  if (!a || !b || !moved)
    return a ? { rawData: a.data, rawTime: a.time } : b && moved ? { rawData: b.data, rawTime: moved } : null;
  const [rows, mine] = a.data.shape;
  const others = b.data.shape[1];
  if (b.data.shape[0] !== rows) {
    throw new OptionError('spikeData.rawData', `of as many channels as here (${rows})`, `${b.data.shape[0]} channels`);
  }
  const sameType = a.data.data.constructor === b.data.data.constructor;
  const make = (sameType ? a.data.data.constructor : Float64Array) as Float64ArrayConstructor;
  const samples = mine + others;
  const data = new make(rows * samples);
  const put = (source: NdArray, columns: number, at: number) => {
    for (let r = 0; r < rows; r++) {
      const row = source.data.subarray(r * columns, (r + 1) * columns) as Float64Array;
      data.set(sameType ? row : Float64Array.from(row, Number), r * samples + at);
    }
  };
  put(a.data, mine, 0);
  put(b.data, others, mine);
  const rawTime = new Float64Array(samples);
  rawTime.set(a.time);
  rawTime.set(moved, mine);
  return { rawData: { data, shape: [rows, samples] }, rawTime };
}

/** Stretches of samples inside the window; one, where the times are in order. */
function keptRuns(
  time: Float64Array,
  { start, end, openEnd }: { start: number; end: number; openEnd: boolean },
): [from: number, to: number][] {
  const runs: [number, number][] = [];
  let open = false;
  for (let i = 0; i < time.length; i++) {
    const kept = time[i] >= start && (openEnd || time[i] < end);
    if (kept && open) runs[runs.length - 1][1] = i + 1;
    else if (kept) runs.push([i, i + 1]);
    open = kept;
  }
  return runs;
}
