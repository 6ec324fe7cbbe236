/** The raw traces beside the spikes, and the time of each of their samples. */
import { asMatrix, asVector, type NdArray } from '../arrays.js';
import { OptionError } from '../errors.js';
import { positive } from '../options.js';

export class RawTraces {
  readonly data: NdArray;
  readonly #rateKHz: number | null;
  #time: Float64Array | null;

  private constructor(data: NdArray, time: Float64Array | null, rateKHz: number | null) {
    this.data = data;
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
    const data = asMatrix(rawData, 'rawData');
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

  /** ms of each sample. Where only the rate is known, samples count from 0 ms and the array is made now. */
  get time(): Float64Array {
    this.#time ??= Float64Array.from({ length: this.data.shape[1] }, (_, sample) => sample / (this.#rateKHz ?? 1));
    return this.#time;
  }
}
