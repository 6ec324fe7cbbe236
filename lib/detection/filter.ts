/** Butterworth filters, designed and applied as scipy does. */

import { native } from '../addon/binding.js';
import { callNative, type JobOptions, runJob } from '../addon/job.js';
import { asMatrix, isNdArray, isNumericArray, type NdArray, type NumericArray, type Traces } from '../core/arrays.js';
import { integer, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';

export interface ButterworthOptions {
  /** Hz. Only this one: high-pass. Both: band-pass. null counts as absent. */
  lowcut?: number | null;
  /** Hz. Only this one: low-pass. */
  highcut?: number | null;
  /** Default 5. */
  order?: number;
}

export const butterworthNames: OptionNames<ButterworthOptions> = { lowcut: true, highcut: true, order: true };

const defaultOrder = 5;
/** Beyond this, float64 holds no Butterworth filter that is worth its name. */
const highestOrder = 100;

/**
 * Second-order sections as `scipy.signal.iirfilter(order, Wn, btype, output='sos')` returns them: shape (sections, 6), each
 * b0 b1 b2 a0 a1 a2, in scipy's pairing and order.
 *
 * @throws OptionError for cutoffs outside 0 … fsHz/2, lowcut >= highcut, or an order below 1.
 */
export function designButterworth(options: ButterworthOptions & { fsHz: number }): NdArray<Float64Array> {
  const given = knownOptions(options, { ...butterworthNames, fsHz: true }, 'designButterworth');
  const data = designSections(given, checkRate(given.fsHz), '');
  return { data, shape: [data.length / 6, 6] };
}

type ButterFilterOptions = ButterworthOptions & { fsHz?: number; threads?: number } & Pick<
    JobOptions,
    'signal' | 'onProgress'
  >;

const butterFilterNames: OptionNames<ButterFilterOptions> = {
  ...butterworthNames,
  fsHz: true,
  threads: true,
  signal: true,
  onProgress: true,
};

/**
 * `scipy.signal.sosfiltfilt` along time with its default odd padding: forward and backward, so without delay. `data` is 1-d
 * or (channels, samples) of any numeric type; the state is float64. Off the main thread.
 *
 * @throws OptionError where the filter cannot be designed, or `data` has no more samples than the padding.
 */
export async function butterFilter(
  data: NumericArray | readonly number[] | Traces,
  options: ButterFilterOptions = {},
): Promise<NdArray<Float64Array> | Float64Array> {
  const { fsHz, threads, signal, onProgress, ...filter } = knownOptions(options, butterFilterNames, 'butterFilter');
  const flat = isNumericArray(data) || (Array.isArray(data) && typeof data[0] === 'number') || isVector(data);
  const traces = checkTraces(flat ? asRow(data) : data, 'data');
  const [channels, samples] = traces.shape;
  const sos = designSections(filter, checkRate(fsHz ?? 20000), '');
  checkPadding(sos, samples, 'data');
  const request = { data: traces.data, channels, samples, sos, threads: checkThreads(threads) };
  const filtered = await runJob(() => native().filterTraces(request), {
    signal,
    onProgress,
    stage: 'filtering',
    total: samples,
  });
  return flat ? filtered : { data: filtered, shape: [channels, samples] };
}

function isVector(data: unknown): boolean {
  return isNdArray(data) && data.shape.length === 1;
}

function asRow(data: unknown): Traces {
  if (isNdArray(data))
    return { data: data.data, shape: [1, data.shape[0]], stride: [data.shape[0], data.stride?.[0] ?? 1] };
  return [data as NumericArray];
}

/** Sections of the filter that the options describe; `prefix` comes before their names in errors. */
export function designSections(options: ButterworthOptions, fsHz: number, prefix: string): Float64Array {
  const order = integer(options.order ?? defaultOrder, `${prefix}order`, 1, highestOrder);
  const low = cutoff(options.lowcut, `${prefix}lowcut`, fsHz);
  const high = cutoff(options.highcut, `${prefix}highcut`, fsHz);
  if (low === 0 && high === 0) {
    throw new OptionError(`${prefix}lowcut`, 'a frequency in Hz where no highcut is given', options.lowcut);
  }
  if (low !== 0 && high !== 0 && low >= high) {
    throw new OptionError(`${prefix}lowcut`, `smaller than highcut (${options.highcut} Hz)`, options.lowcut);
  }
  return callNative(() => native().designButterworth(order, low, high));
}

/** A cutoff as a fraction of the Nyquist frequency, computed as SpikeLab does; 0 where there is none. */
function cutoff(value: unknown, option: string, fsHz: number): number {
  if (value === undefined || value === null) return 0;
  const fraction = (positive(value, option) / fsHz) * 2;
  if (!(fraction < 1)) {
    const fitting = option.endsWith('highcut') ? `${Math.floor(0.45 * fsHz)} Hz would fit, and w` : 'W';
    const hint = `${fitting}ithout a filter the traces are taken as they are`;
    throw new OptionError(option, `below half the sampling rate (${fsHz / 2} Hz at fsHz ${fsHz})`, value, hint);
  }
  // a cutoff that small cannot be told from none
  if (fraction === 0) throw new OptionError(option, 'large enough to be told from 0', value);
  return fraction;
}

export function checkRate(fsHz: unknown): number {
  return positive(fsHz, 'fsHz');
}

export function checkThreads(threads: unknown): number {
  return threads === undefined ? 0 : integer(threads, 'threads', 1, 256);
}

/** Traces of any accepted form with at least one channel and one sample. */
export function checkTraces(value: unknown, option: string): NdArray & { shape: readonly [number, number] } {
  const traces = asMatrix(value, option);
  const [channels, samples] = traces.shape;
  if (channels === 0) throw new OptionError(option, 'of at least one channel', `shape (${channels}, ${samples})`);
  if (samples === 0) throw new OptionError(option, 'of at least one sample', `shape (${channels}, ${samples})`);
  return traces;
}

/** The odd extension mirrors that many samples at each end, so there must be more. */
export function checkPadding(sos: Float64Array, samples: number, option: string): void {
  const padding = callNative(() => native().filterPadding(sos));
  if (samples > padding) return;
  const expected = `of at least ${padding + 1} samples for this filter (it pads ${padding} at each end)`;
  throw new OptionError(option, expected, `${samples} samples`);
}
