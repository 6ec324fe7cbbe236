/** How a SpikeData and an error travel from the child that loaded to the process that asked. */
import type { NdArray, NumericArray } from '../arrays.js';
import * as errors from '../errors.js';
import type { LoadReport } from '../report.js';
import { adoptReport } from '../spike-data/reports.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data.js';

/** Everything but the large arrays, which go as raw bytes: times, offsets, raw data, raw time. */
export interface PackedSpikeData {
  N: number;
  length: number;
  startTime: number;
  neuronAttributes: NeuronAttributes[] | null;
  metadata: Record<string, unknown>;
  report: LoadReport | null;
  raw: { type: string; shape: number[] } | null;
}

export function packSpikeData(sd: SpikeData): { packed: PackedSpikeData; arrays: NumericArray[] } {
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

export function unpackSpikeData(packed: PackedSpikeData, buffers: ArrayBuffer[]): SpikeData {
  const { N, length, startTime, neuronAttributes, metadata, raw, report } = packed;
  const rawData: NdArray | null = raw && { data: new arrayTypes[raw.type](buffers[2]), shape: raw.shape };
  const rawTime = raw && new Float64Array(buffers[3]);
  const flat = { times: new Float64Array(buffers[0]), offsets: new Float64Array(buffers[1]) };
  const sd = spikeDataFromFlat(flat, { N, length, startTime, neuronAttributes, metadata, rawData, rawTime });
  return report ? adoptReport(sd, report) : sd;
}

export interface SentError {
  name: string;
  message: string;
  stack: string | undefined;
  fields: Record<string, unknown>;
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
