/** SpikeData as JSON and back. JSON knows fewer values than attributes have: what becomes of the others is decided here. */

import { isNdArray, isNumericArray, type NdArray } from '../core/arrays.js';
import { OptionError } from '../core/errors.js';
import type { LoadReport } from '../core/findings.js';
import type { NeuronAttributes, SpikeDataOptions } from './options.js';

/** What `JSON.stringify(sd)` writes. */
export interface SpikeDataJson {
  N: number;
  length: number;
  startTime: number;
  /** Spike times in ms, one array a unit. */
  train: number[][];
  neuronAttributes: unknown[] | null;
  metadata: Record<string, unknown>;
  report: LoadReport | null;
  /** Raw traces are left out: their shape and type say that there were some. */
  rawData: { shape: number[]; dtype: string } | null;
}

interface Described {
  readonly N: number;
  readonly length: number;
  readonly startTime: number;
  readonly train: readonly Float64Array[];
  readonly neuronAttributes: readonly NeuronAttributes[] | null;
  readonly metadata: Record<string, unknown>;
  readonly report: LoadReport | null;
  readonly rawData: NdArray | null;
}

const open = new Set<object>();

/** @throws OptionError where an attribute holds itself */
export function toJson(sd: Described): SpikeDataJson {
  // a SpikeData within itself comes back here through its own toJSON
  if (open.has(sd)) throw new OptionError('metadata', 'free of the SpikeData that it belongs to', sd);
  open.add(sd);
  try {
    return described(sd);
  } finally {
    open.delete(sd);
  }
}

function described(sd: Described): SpikeDataJson {
  const { N, length, startTime, train, neuronAttributes, metadata, report, rawData } = sd;
  return {
    N,
    length,
    startTime,
    train: train.map((times) => Array.from(times)),
    neuronAttributes: jsonValue(neuronAttributes, 'neuronAttributes', []) as unknown[] | null,
    metadata: jsonValue(metadata, 'metadata', []) as Record<string, unknown>,
    report,
    rawData: rawData && { shape: Array.from(rawData.shape), dtype: rawData.data.constructor.name },
  };
}

/**
 * Arrays of numbers become lists, bigints numbers (text beyond 2^53), maps objects (pairs where a key is no text or number),
 * sets lists. `within`: what this value lies in.
 */
function jsonValue(value: unknown, path: string, within: readonly object[]): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (within.includes(value)) throw new OptionError(path, 'a value that does not hold itself', value);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function' && !ArrayBuffer.isView(value)) {
    // dates, URLs, and a SpikeData within this one
    return (value as { toJSON(): unknown }).toJSON();
  }
  const inner = [...within, value];
  const list = (items: readonly unknown[]) => items.map((item, i) => jsonValue(item, `${path}[${i}]`, inner));
  if (isNdArray(value))
    return { ...object(value, path, inner), data: numbers(value.data), shape: Array.from(value.shape) };
  if (isNumericArray(value) || value instanceof Uint8ClampedArray) return numbers(value);
  if (ArrayBuffer.isView(value)) return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Array.from(new Uint8Array(value));
  if (value instanceof Set) return list([...value]);
  if (value instanceof Map) {
    const named = [...value.keys()].every((key) => ['string', 'number', 'bigint'].includes(typeof key));
    return named ? object(Object.fromEntries(value), path, inner) : list([...value]);
  }
  return Array.isArray(value) ? list(value) : object(value, path, inner);
}

function object(value: object, path: string, within: readonly object[]): Record<string, unknown> {
  const entries = Object.entries(value).filter(([key]) => !(isNdArray(value) && (key === 'data' || key === 'shape')));
  return Object.fromEntries(entries.map(([key, item]) => [key, jsonValue(item, `${path}.${key}`, within)]));
}

function numbers(values: ArrayLike<number | bigint>): unknown[] {
  return Array.from(values, (value) => (typeof value === 'bigint' ? jsonValue(value, '', []) : value));
}

/** What the constructor takes, and the report, of what `toJson` or a structured clone made of a SpikeData. */
export function fromJson(value: unknown): {
  train: readonly (readonly number[])[];
  options: SpikeDataOptions;
  report: LoadReport | null;
} {
  if (typeof value !== 'object' || value === null || !Array.isArray((value as SpikeDataJson).train)) {
    const hint = typeof value === 'string' ? 'JSON.parse makes it of a text' : '';
    throw new OptionError('value', 'an object with train, as toJSON gives it', value, hint);
  }
  const { train, N, length, startTime, neuronAttributes, metadata, report } = value as SpikeDataJson;
  const { rawData, rawTime } = value as SpikeDataOptions;
  const options = { N, length, startTime, neuronAttributes: neuronAttributes as NeuronAttributes[] | null, metadata };
  // JSON only says that there were some
  const raw = isNdArray(rawData) ? { rawData, rawTime } : {};
  return { train, options: { ...options, ...raw }, report: revived(report) };
}

/** A report, where it is one. */
export function revived(report: unknown): LoadReport | null {
  const { format, findings } = (report ?? {}) as Partial<LoadReport>;
  return typeof format === 'string' && Array.isArray(findings) ? (report as LoadReport) : null;
}
