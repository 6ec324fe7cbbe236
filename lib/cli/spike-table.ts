/** Spikes of each channel or unit, as a table for people and as JSON for programs. */
import type { SpikeData } from '../spike-data/spike-data.js';
import { tableText } from './table.js';

type Spikes = Pick<SpikeData, 'train' | 'length' | 'neuronAttributes'> & Partial<Pick<SpikeData, 'metadata'>>;

/** What one row is. A unit has attributes that its file gives it, a channel is only a number. */
export type RowKind = 'channel' | 'unit';

export type Row = Record<string, string | number | boolean | number[] | null>;

/** One row a train: its number, its attributes, spikes and rate. `rateHz` is null where the recording has no length. */
function spikeRows(sd: Spikes, kind: RowKind): Row[] {
  return sd.train.map((train, index) => ({
    [kind]: index,
    ...(kind === 'unit' ? shortAttributes(sd.neuronAttributes?.[index]) : {}),
    spikes: train.length,
    rateHz: rateHz(train.length, sd.length),
  }));
}

const rateHz = (spikes: number, lengthMs: number) => (lengthMs > 0 ? (spikes * 1000) / lengthMs : null);

/** Those that fit into a row: no waveforms, no nested tables. */
function shortAttributes(attributes: Record<string, unknown> | undefined): Row {
  const short: Row = {};
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'string' || typeof value === 'boolean') short[key] = value;
    else if (typeof value === 'number') short[key] = Number.isFinite(value) ? value : null;
    else if (typeof value === 'bigint') short[key] = Number(value);
    else if (Array.isArray(value) && value.length <= 3 && value.every(Number.isFinite)) short[key] = value;
  }
  return short;
}

/** What detection found out about channels, one value each. */
export interface ChannelNoise {
  /** 'µV' where the gains are known, else 'units of the samples'. */
  unit: string;
  noise: ArrayLike<number>;
  threshold: ArrayLike<number>;
  /** flat, silent, saturated; '' where nothing is to be said. */
  state: readonly string[];
}

/** Plain text without colours: it goes into files and papers as it is. */
export function spikeTable(sd: Spikes, kind: RowKind, noise?: ChannelNoise, width?: number): string {
  const rows = spikeRows(sd, kind);
  const attributes = ['unit_id', 'electrode', 'label'].filter((key) => rows.some((row) => row[key] !== undefined));
  const measured = noise ? [`noise (${noise.unit})`, 'threshold'] : [];
  const sizes = sd.neuronAttributes?.map(({ spike_amplitudes: values }) => medianOf(values));
  const sized = sizes?.some((size) => size !== undefined) ? ['median size'] : [];
  const said = noise?.state.some(Boolean) ? ['state'] : [];
  const head = [
    kind,
    ...attributes.map((key) => key.replace('_', ' ')),
    'spikes',
    'rate (Hz)',
    ...measured,
    ...sized,
    ...said,
  ];
  const body = rows.map((row, i) => [
    ...[kind, ...attributes].map((key) => String(row[key] ?? '–')),
    count(row.spikes as number),
    rate(row.rateHz as number | null),
    ...(noise ? [digits(noise.noise[i]), digits(noise.threshold[i])] : []),
    ...(sized.length ? [digits(sizes?.[i] ?? Number.NaN)] : []),
    ...(said.length ? [noise?.state[i] ?? ''] : []),
  ]);
  const total = sd.train.reduce((sum, train) => sum + train.length, 0);
  const all = ['all', ...attributes.map(() => ''), count(total), rate(rateHz(total, sd.length))];
  body.push([...all, ...head.slice(all.length).map(() => '')]);
  return tableText({ head, rows: body, words: said.length ? [head.length - 1] : [] }, width);
}

/** Of the amplitudes of a unit's spikes; undefined where it has none. */
function medianOf(values: unknown): number | undefined {
  if (!ArrayBuffer.isView(values)) return undefined;
  const sorted = Float64Array.from(values as Float32Array).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Three digits, aligned: 7.26, 36.3, 77,500. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}
const count = (spikes: number) => spikes.toLocaleString('en-US');

function rate(value: number | null): string {
  if (value === null) return '–';
  return value.toFixed(value < 10 ? 2 : 1);
}

/** JSON with a line for each train: `head` first, then the rows, with their spike times if asked for. */
export function spikeJson(
  sd: Spikes,
  kind: RowKind,
  head: Record<string, unknown>,
  withTimes: boolean,
  noise?: ChannelNoise,
): string {
  const rows = spikeRows(sd, kind).map((row, index) =>
    JSON.stringify({
      ...row,
      ...noiseOf(noise, index),
      ...(withTimes ? { timesMs: Array.from(sd.train[index]), ...amplitudesOf(sd, index) } : {}),
    }),
  );
  const opened = JSON.stringify(head, null, 2).slice(0, -2);
  return `${opened},\n  "${kind}s": [${rows.map((line) => `\n    ${line}`).join(',')}\n  ]\n}\n`;
}

/** Beside the times, where the spikes have them. */
function amplitudesOf({ train, neuronAttributes, metadata }: Spikes, index: number) {
  const values = neuronAttributes?.[index]?.spike_amplitudes;
  if (!ArrayBuffer.isView(values) || (values as Float32Array).length !== train[index].length) return {};
  return { [`amplitudes${metadata?.amplitude_unit === 'uV' ? 'Uv' : ''}`]: Array.from(values as Float32Array) };
}

function noiseOf(noise: ChannelNoise | undefined, index: number) {
  if (!noise) return {};
  const number = (value: number) => (Number.isFinite(value) ? value : null);
  const [suffix, state] = [noise.unit === 'µV' ? 'Uv' : '', noise.state[index]];
  return {
    [`noise${suffix}`]: number(noise.noise[index]),
    [`threshold${suffix}`]: number(noise.threshold[index]),
    ...(state ? { state } : {}),
  };
}
