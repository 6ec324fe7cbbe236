/** Spikes of each channel or unit, as a table for people and as JSON for programs. */
import Table from 'cli-table3';
import type { SpikeData } from '../spike-data.js';

type Spikes = Pick<SpikeData, 'train' | 'length' | 'neuronAttributes'>;

/** What one row is. A unit has attributes that its file gives it, a channel is only a number. */
export type RowKind = 'channel' | 'unit';

export type Row = Record<string, string | number | boolean | number[] | null>;

/** One row a train: its number, its attributes, spikes and rate. `rateHz` is null where the recording has no length. */
export function spikeRows(sd: Spikes, kind: RowKind): Row[] {
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

/** Plain text without colours: it goes into files and papers as it is. */
export function spikeTable(sd: Spikes, kind: RowKind): string {
  const rows = spikeRows(sd, kind);
  const attributes = ['unit_id', 'electrode', 'label'].filter((key) => rows.some((row) => row[key] !== undefined));
  const head = [kind, ...attributes.map((key) => key.replace('_', ' ')), 'spikes', 'rate (Hz)'];
  const table = new Table({
    head,
    colAligns: head.map(() => 'right'),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const named = [kind, ...attributes].map((key) => String(row[key] ?? '–'));
    table.push([...named, count(row.spikes as number), rate(row.rateHz as number | null)]);
  }
  const total = sd.train.reduce((sum, train) => sum + train.length, 0);
  table.push(['all', ...attributes.map(() => ''), count(total), rate(rateHz(total, sd.length))]);
  return table.toString();
}

const count = (spikes: number) => spikes.toLocaleString('en-US');

function rate(value: number | null): string {
  if (value === null) return '–';
  return value.toFixed(value < 10 ? 2 : 1);
}

/** JSON with a line for each train: `head` first, then the rows, with their spike times if asked for. */
export function spikeJson(sd: Spikes, kind: RowKind, head: Record<string, unknown>, withTimes: boolean): string {
  const rows = spikeRows(sd, kind).map((row, index) =>
    JSON.stringify(withTimes ? { ...row, timesMs: Array.from(sd.train[index]) } : row),
  );
  const opened = JSON.stringify(head, null, 2).slice(0, -2);
  return `${opened},\n  "${kind}s": [${rows.map((line) => `\n    ${line}`).join(',')}\n  ]\n}\n`;
}
