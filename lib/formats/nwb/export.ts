/** SpikeData as a valid NWB 2.x file, which Python's SpikeLab reads as well. */

import type { Hdf5Values } from '../../addon/hdf5-contract.js';
import { numbers, texts } from '../../containers/hdf5/draft.js';
import { text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import type { Finding, OnWarning } from '../../core/findings.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { s3OptionNames } from '../../core/options.js';
import type { S3Options } from '../../io/s3/client.js';
import { writeTo } from '../../io/s3/export.js';
import { SpikeData } from '../../spike-data/spike-data.js';
import { endsOfLists, NwbDraft, TableDraft } from './write-draft.js';
import { type ElectrodePlan, electrodesPath, planElectrodes, writeElectrodes } from './write-electrodes.js';
import { writeSession } from './write-session.js';
import { writeUnitColumns } from './write-unit-columns.js';

export interface NwbExportOptions extends S3Options {
  /** Default 'spike_times', the name that the NWB schema has. */
  spikeTimesDataset?: string;
  /** Default 'spike_times_index'. */
  spikeTimesIndexDataset?: string;
  /** The table's place. Default 'units', where the NWB schema has it. */
  group?: string;
  /** Hears what could not be written as it is; else Node's own warnings do. */
  onWarning?: OnWarning;
  /** An array to which every warning is added. */
  findings?: Finding[];
}

const optionNames: OptionNames<NwbExportOptions> = {
  spikeTimesDataset: true,
  spikeTimesIndexDataset: true,
  group: true,
  onWarning: true,
  findings: true,
  ...s3OptionNames,
};

/**
 * Writes an NWB 2.6 file: the Units table with spike times in seconds and a column for each unit attribute that is a number,
 * a text, a boolean or a list of one of these; the electrodes with their groups and device; session and subject from the
 * metadata, with defaults where they do not say (start: 1970-01-01). `unit_id` becomes the id where it is a whole number of
 * its own for each unit, and else stays in a column `unit_id`. Electrodes of one number that are at different places (two probes
 * put together) get rows, and numbers, of their own. `path` may be an s3:// URL. Off the main thread; an existing file stays as it was until the new one is complete.
 *
 * @throws OptionError, NotFoundError where the folder is missing, SpikeLabError `ERR_WRITE` where the system refuses
 */
export async function exportSpikeDataToNwb(sd: SpikeData, path: string, options: NwbExportOptions = {}): Promise<void> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  options = knownOptions(options, optionNames, 'exportSpikeDataToNwb');
  const group = text(options.group ?? 'units', 'group').replace(/^\/+|\/+$/g, '');
  const times = text(options.spikeTimesDataset ?? 'spike_times', 'spikeTimesDataset');
  const index = text(options.spikeTimesIndexDataset ?? 'spike_times_index', 'spikeTimesIndexDataset');
  const onWarning = options.onWarning;
  const draft = new NwbDraft();
  writeSession(draft, sd);
  const electrodes = planElectrodes(sd, onWarning);
  if (electrodes) writeElectrodes(draft, electrodes, sd.metadata);
  const { ids, names } = idsOf(sd);
  const table = new TableDraft(draft, `/${group}`, 'Units', 'Sorted units with their spike times', ids);
  const ends = endsOfLists(sd.train);
  const seconds = {
    type: 'float64' as const,
    shape: [ends[ends.length - 1] ?? 0],
    pieces: sd.train,
    conversion: { factor: 1, divisor: 1000 },
  };
  table.column(times, 'Spike times of each unit in seconds', seconds, { ends, indexName: index });
  if (electrodes) writeUnitElectrodes(table, electrodes);
  if (names) table.column('unit_id', 'Name of the unit', names);
  if (electrodes?.names) table.column('electrode', 'What the unit calls its electrode', electrodes.names);
  writeUnitColumns(table, sd, electrodes, onWarning);
  table.finish();
  await writeTo(path, options, (target) => draft.write(target));
}

/** NWB's ids are whole numbers that do not repeat; units that have other ones are numbered, and keep theirs as a column. */
function idsOf(sd: SpikeData): { ids: number[]; names: Hdf5Values | null } {
  const given = sd.neuronAttributes?.map(({ unit_id: id }) => id ?? undefined) ?? [];
  const whole = given.every((id) => Number.isSafeInteger(id));
  if (whole && given.length === sd.N && new Set(given).size === sd.N) return { ids: given as number[], names: null };
  const ids = Array.from({ length: sd.N }, (_, u) => u);
  if (!given.some((id) => id !== undefined)) return { ids, names: null };
  if (whole) return { ids, names: numbers(BigInt64Array.from(given as number[], BigInt)) };
  if (given.every((id) => id === undefined || typeof id === 'number'))
    return { ids, names: numbers(Float64Array.from(given, (id) => (id as number | undefined) ?? Number.NaN)) };
  return { ids, names: texts(given.map((id) => String(id ?? ''))) };
}

/** Rows of the electrodes table, none for a unit without electrode. */
function writeUnitElectrodes(table: TableDraft, { rows }: ElectrodePlan): void {
  const ends = endsOfLists(rows);
  const values = numbers(BigInt64Array.from(rows.flat(), BigInt));
  table.column('electrodes', 'Electrode of each unit', values, { ends, table: electrodesPath });
}
