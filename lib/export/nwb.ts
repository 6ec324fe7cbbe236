/** SpikeData as a valid NWB 2.x file, which Python's SpikeLab reads as well. */
import { OptionError } from '../errors.js';
import { numbers, texts } from '../format/hdf5-writer.js';
import { text } from '../options.js';
import { SpikeData } from '../spike-data.js';
import { endsOfLists, NwbDraft, TableDraft } from './nwb/draft.js';
import { type ElectrodePlan, electrodesPath, planElectrodes, writeElectrodes } from './nwb/electrodes.js';
import { writeSession } from './nwb/session.js';
import { writeUnitColumns } from './nwb/unit-columns.js';

export interface NwbExportOptions {
  /** Default 'spike_times', the name that the NWB schema has. */
  spikeTimesDataset?: string;
  /** Default 'spike_times_index'. */
  spikeTimesIndexDataset?: string;
  /** The table's place. Default 'units', where the NWB schema has it. */
  group?: string;
}

/**
 * Writes an NWB 2.6 file: the Units table with spike times in seconds and a column for each unit attribute that is a number,
 * a text, a boolean or a list of one of these; the electrodes with their groups and device; session and subject from the
 * metadata, with defaults where they do not say (start: 1970-01-01). `unit_id` becomes the id where it is a whole number of
 * its own for each unit. Off the main thread; an existing file stays as it was until the new one is complete.
 *
 * @throws OptionError, NotFoundError where the folder is missing, SpikeLabError `ERR_WRITE` where the system refuses
 */
export async function exportSpikeDataToNwb(sd: SpikeData, path: string, options: NwbExportOptions = {}): Promise<void> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  const group = text(options.group ?? 'units', 'group').replace(/^\/+|\/+$/g, '');
  const times = text(options.spikeTimesDataset ?? 'spike_times', 'spikeTimesDataset');
  const index = text(options.spikeTimesIndexDataset ?? 'spike_times_index', 'spikeTimesIndexDataset');
  const draft = new NwbDraft();
  writeSession(draft, sd);
  const electrodes = planElectrodes(sd);
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
  if (names) table.column('unit_id', 'Name of the unit', texts(names));
  if (electrodes?.names) table.column('electrode', 'Name of the electrode of the unit', texts(electrodes.names));
  writeUnitColumns(table, sd);
  table.finish();
  await draft.write(path);
}

/** NWB's ids are whole numbers; units that have other ones are numbered, and keep theirs as a column. */
function idsOf(sd: SpikeData): { ids: number[]; names: string[] | null } {
  const given = sd.neuronAttributes?.map(({ unit_id: id }) => id) ?? [];
  const numbered = Array.from({ length: sd.N }, (_, u) => u);
  const whole = given.every((id) => Number.isSafeInteger(id)) && new Set(given).size === sd.N;
  if (whole) return { ids: given as number[], names: null };
  const named = given.some((id) => id !== undefined && id !== null);
  return { ids: numbered, names: named ? given.map((id) => String(id ?? '')) : null };
}

/** Rows of the electrodes table, none for a unit without electrode. */
function writeUnitElectrodes(table: TableDraft, { rows }: ElectrodePlan): void {
  const known = rows.filter((row) => row !== undefined);
  const ends = endsOfLists(rows.map((row) => (row === undefined ? [] : [row])));
  const values = numbers(BigInt64Array.from(known, BigInt));
  table.column('electrodes', 'Electrode of each unit', values, { ends, table: electrodesPath });
}
