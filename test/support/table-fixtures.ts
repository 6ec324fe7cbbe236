/** The spikes of fixtures/tables, whose CSV Python's csv module wrote. */
import { readFileSync } from 'node:fs';
import { SpikeData } from '../../lib/index.js';

const folder = new URL('../../fixtures/tables/', import.meta.url);
const text = (name: string) => readFileSync(new URL(name, folder), 'utf8');

interface Stored {
  trains: number[][];
  units: { unit_id: string; location?: number[]; good?: boolean; depth?: number; note?: string }[];
}
export const stored = JSON.parse(text('spikes.json')) as Stored;

export const tableSpikes = (): SpikeData =>
  new SpikeData(stored.trains, {
    length: 60_000,
    startTime: -5,
    neuronAttributes: stored.units,
    metadata: { fs_Hz: 20_000, subject: 'größe' },
  });

/** One row a spike, as every table has them. */
export const spikeRowsExpected = stored.trains.flatMap((times, unit) =>
  times.map((time_ms) => ({ unit, unit_id: stored.units[unit].unit_id, time_ms })),
);

/** One row a unit; null where the unit has no such attribute. */
export const unitRowsExpected = stored.units.map((unit, u) => ({
  unit: u,
  unit_id: unit.unit_id,
  spikes: stored.trains[u].length,
  location: unit.location ?? null,
  good: unit.good ?? null,
  depth: unit.depth ?? null,
  note: unit.note ?? null,
}));

export const metadataExpected = {
  N: 4,
  length_ms: 60_000,
  start_time_ms: -5,
  metadata: { fs_Hz: 20_000, subject: 'größe' },
};

export const spikesCsv = text('spikes.csv');
export const unitsCsv = JSON.parse(text('spikes.units.json')) as {
  header: string[];
  rows: (string | number | null)[][];
};
