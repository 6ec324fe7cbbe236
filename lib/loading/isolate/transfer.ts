/** How results and errors travel from the child that read to the process that asked. */
import { isNdArray, type NdArray, type NumericArray } from '../../core/arrays.js';
import * as errors from '../../core/errors.js';
import { adoptReport } from '../../spike-data/reports.js';
import { SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import type { PackedSpikeData, PackedValue, SentError } from './messages.js';

/** A value and the large arrays that follow it. */
export interface Packed {
  value: PackedValue;
  arrays: NumericArray[];
}

export function packResult(result: unknown): Packed {
  if (result instanceof SpikeData) {
    const { packed, arrays } = packSpikeData(result);
    return { value: { type: 'spikes', ...packed }, arrays };
  }
  return { value: { type: 'plain', value: result }, arrays: [] };
}

/** What a recording says of itself; what it can do stays where it is. */
export function packRecording(recording: object): Packed {
  const fields = Object.entries(recording).filter(([, value]) => typeof value !== 'function');
  return { value: { type: 'recording', fields: Object.fromEntries(fields) }, arrays: [] };
}

export function packSamples({ data, shape }: NdArray): Packed {
  return { value: { type: 'samples', array: data.constructor.name, shape: Array.from(shape) }, arrays: [data] };
}

export function unpackResult(value: PackedValue, buffers: ArrayBuffer[]): unknown {
  if (value.type === 'spikes') return unpackSpikeData(value, buffers);
  if (value.type === 'samples') {
    const samples = { data: new arrayTypes[value.array](buffers[0]), shape: value.shape };
    if (!isNdArray(samples)) throw new TypeError('the samples are no array');
    return samples;
  }
  return value.type === 'recording' ? value.fields : value.value;
}

function packSpikeData(sd: SpikeData): { packed: PackedSpikeData; arrays: NumericArray[] } {
  const offsets = new Float64Array(sd.N + 1);
  sd.train.forEach((train, unit) => {
    offsets[unit + 1] = offsets[unit] + train.length;
  });
  const times = new Float64Array(offsets[sd.N]);
  sd.train.forEach((train, unit) => {
    times.set(train, offsets[unit]);
  });
  const { N, length, startTime, neuronAttributes, metadata, report, rawData, rawTime } = sd;
  const raw = rawData && { type: rawData.data.constructor.name, shape: Array.from(rawData.shape) };
  const arrays: NumericArray[] = rawData && rawTime ? [times, offsets, rawData.data, rawTime] : [times, offsets];
  return { packed: { N, length, startTime, neuronAttributes, metadata, report, raw }, arrays };
}

const arrayTypes: Record<string, new (buffer: ArrayBuffer) => NumericArray> = {
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
};

function unpackSpikeData(packed: PackedSpikeData, buffers: ArrayBuffer[]): SpikeData {
  const { N, length, startTime, neuronAttributes, metadata, raw, report } = packed;
  const rawData: NdArray | null = raw && { data: new arrayTypes[raw.type](buffers[2]), shape: raw.shape };
  const rawTime = raw && new Float64Array(buffers[3]);
  const flat = { times: new Float64Array(buffers[0]), offsets: new Float64Array(buffers[1]) };
  const sd = spikeDataFromFlat(flat, { N, length, startTime, neuronAttributes, metadata, rawData, rawTime });
  return report ? adoptReport(sd, report) : sd;
}

export function packError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(error)) {
    if (isPlain(value)) fields[key] = value;
  }
  return { name: error.constructor.name, message: error.message, stack: error.stack, fields };
}

const isPlain = (value: unknown) =>
  ['string', 'number', 'boolean', 'bigint', 'undefined'].includes(typeof value) ||
  value === null ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string'));

/** The error as its public class again, with its fields and the stack of the child. */
export function reviveError(sent: SentError): Error {
  const classes: Record<string, unknown> = { ...errors, TypeError, RangeError };
  const found = classes[sent.name];
  const prototype = typeof found === 'function' ? found.prototype : errors.SpikeLabError.prototype;
  const error: Error = Object.create(prototype, {
    message: { value: sent.message, enumerable: false, writable: true, configurable: true },
    stack: { value: sent.stack, enumerable: false, writable: true, configurable: true },
  });
  return Object.assign(error, typeof found === 'function' ? {} : { code: 'ERR_INTERNAL' }, sent.fields);
}
