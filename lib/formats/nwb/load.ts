/** NWB 2.x files: the Units table with its attributes, its electrodes and its session. */

import type { TableSource } from '../../containers/tables/tables.js';
import { boolean, finite, text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { readOptional } from '../../core/optional.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { noteBeyondSession, noteImplausibleRate } from '../../loading/plausible.js';
import { sourceName } from '../../loading/source-name.js';
import { lengthOption, numberAttribute, resolveSpan } from '../../loading/span.js';
import { resolveStart } from '../../loading/start.js';
import { cutTrains } from '../../spike-data/cut.js';
import { withoutStale } from '../../spike-data/per-spike.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { readAttributes } from './attributes.js';
import { type Electrodes, electrodesByChannel, readElectrodes } from './electrodes.js';
import { findUnits, refuseNwb1, type UnitsTable } from './find-units.js';
import { readIds, rowsOfIds } from './ids.js';
import { openTables } from './open-tables.js';
import { readSampling, readSession } from './session.js';
import { checkWindow, readSpikeTimes } from './spike-times.js';

export interface NwbOptions extends LoadOptions {
  /** Duration in ms. Where spikes lie beyond it they are cut off (a finding says how many). */
  lengthMs?: number;
  /** Default: the attribute `start_time` that SpikeLab writes, else 0. */
  startTimeMs?: number;
  /** A file without units gives an empty SpikeData with its metadata. */
  allowNoUnits?: boolean;
  /** Path of the Units table. Default /units. */
  unitsPath?: string;
  /** Wide columns to read as well (waveform_mean, waveforms …). Scalars, strings and short ragged columns always come. */
  columns?: readonly string[];
  /** Only these unit ids, in this order (of an id that repeats all units): only their parts of the file are read. */
  unitIds?: readonly (number | string)[];
  /** Only spikes in [start, end): what `subtime` leaves of the whole load, on the file's clock. */
  windowMs?: readonly [start: number, end: number];
}

export const nwbOptionNames: OptionNames<NwbOptions> = {
  lengthMs: true,
  startTimeMs: true,
  allowNoUnits: true,
  unitsPath: true,
  columns: true,
  unitIds: true,
  windowMs: true,
  ...loadOptionNames,
};
const loader = { name: 'loadSpikeDataFromNwb', format: 'nwb' };

/**
 * Loads the units of an NWB 2.x file, HDF5 or a Zarr folder: spike trains in ms, and per unit `unit_id`, `electrode` (the id
 * of its first electrode), `electrodes`, `electrode_row`, `electrode_rows` (rows of the electrodes table), `location`,
 * `location_label` (brain area), `group_name`, and every further column of the table under its own name. The metadata tell
 * about session, subject, devices, sampling and electrodes.
 *
 * @throws OptionError, NotFoundError where there are no units (with the places where there are), FormatError,
 * UnsupportedError for NWB 1.x, LimitError
 */
export async function loadSpikeDataFromNwb(source: Source, options: NwbOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, nwbOptionNames, loader.name);
  return runLoader(loader, [source], options, async (context) => {
    const asked = checkOptions(options);
    const tables = await openTables(source, context);
    try {
      return await loadTables(tables, asked, sourceName(source), context);
    } finally {
      tables.close();
    }
  });
}

/** Tables that another loader has opened, in its frame; closed here. */
export async function loadNwbTables(
  tables: TableSource,
  options: NwbOptions,
  name: string,
  context: SourceContext,
): Promise<SpikeData> {
  try {
    return await loadTables(tables, checkOptions(options), name, context);
  } finally {
    tables.close();
  }
}

type Asked = ReturnType<typeof checkOptions>;

function checkOptions(options: NwbOptions) {
  const { columns, unitIds, unitsPath, startTimeMs, allowNoUnits } = options;
  const windowMs = checkWindow(options.windowMs);
  const lengthMs = lengthOption(options.lengthMs);
  if (windowMs && lengthMs !== undefined) throw new OptionError('lengthMs', 'absent where windowMs is given', lengthMs);
  return {
    windowMs,
    lengthMs,
    startMs: startTimeMs === undefined || startTimeMs === null ? undefined : finite(startTimeMs, 'startTimeMs'),
    allowNoUnits: boolean(allowNoUnits ?? false, 'allowNoUnits'),
    unitsPath:
      unitsPath === undefined || unitsPath === null
        ? undefined
        : `/${text(unitsPath, 'unitsPath').replace(/^\/+|\/+$/g, '')}`,
    columns: listOf(columns, 'columns', (name) => typeof name === 'string') ?? [],
    unitIds: listOf(unitIds, 'unitIds', (id) => typeof id === 'string' || typeof id === 'number'),
  };
}

function listOf<T>(
  value: readonly T[] | null | undefined,
  option: string,
  fits: (item: T) => boolean,
): readonly T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every(fits)) return value;
  throw new OptionError(option, option === 'columns' ? 'an array of names' : 'an array of ids', value);
}

async function loadTables(tables: TableSource, asked: Asked, name: string, context: SourceContext): Promise<SpikeData> {
  await refuseNwb1(tables);
  const found = await findUnits(tables, asked.unitsPath, asked.allowNoUnits, context.report);
  const electrodes = await readElectrodes(tables, context, found?.table.columns.get('electrodes')?.attributes.table);
  const loaded = found ? await loadUnits(found, electrodes, asked, context) : noUnits(context);
  const { trains, neuronAttributes, unitCount } = loaded;
  const sampling = (await readOptional(context.report, 'the ElectricalSeries', () => readSampling(tables))) ?? {};
  const metadata: Record<string, unknown> = {
    source_file: name,
    format: 'NWB',
    ...(await readSession(tables, context.report)),
    ...sampling,
    unit_count: unitCount,
    ...(electrodes ? { electrodes_by_channel: electrodesByChannel(electrodes) } : {}),
  };
  const span = await cutToSpan(trains, tables, asked, context);
  if (!noteImplausibleRate(span.trains, 's', context))
    noteBeyondSession(span.trains, sampling.duration_seconds, context);
  const attributes = withoutStale(neuronAttributes, loaded.spikes, span.trains, context.report);
  return spikeDataFromFlat(span.trains, {
    length: span.lengthMs,
    startTime: span.startMs,
    neuronAttributes: attributes,
    metadata,
  });
}

interface Units {
  trains: CheckedTrains;
  neuronAttributes: NeuronAttributes[];
  /** In the file. */
  unitCount: number;
  /** How many the file has of each. */
  spikes: number[];
}

function noUnits(context: SourceContext): Units {
  context.report.info('no-units', 'the file has no units');
  return {
    trains: new CheckedTrains(new Float64Array(), new Float64Array(1)),
    neuronAttributes: [],
    unitCount: 0,
    spikes: [],
  };
}

async function loadUnits(
  found: UnitsTable,
  electrodes: Electrodes | null,
  asked: Asked,
  context: SourceContext,
): Promise<Units> {
  const { table, spikeTimes } = found;
  const offsets = await table.offsets(spikeTimes, context);
  const unitCount = offsets.length - 1;
  const ids = await readIds(table, unitCount, asked.unitIds !== undefined, context);
  const rows = asked.unitIds ? rowsOfIds(ids, asked.unitIds, context) : ids.shown.map((_, row) => row);
  if (asked.unitIds) context.report.dropUnits('not asked for', unitCount - new Set(rows).size);
  const selection = { rows: asked.unitIds ? rows : undefined, windowMs: asked.windowMs };
  const trains = await readSpikeTimes(found, offsets, selection, context);
  const neuronAttributes = await readAttributes(found, ids.shown, rows, electrodes, asked.columns, context);
  const spikes = rows.map((row) => offsets[row + 1] - offsets[row]);
  return { trains, neuronAttributes, unitCount, spikes };
}

/** The window that is asked for, or start and length; spikes beyond either are left out. */
async function cutToSpan(
  trains: CheckedTrains,
  tables: TableSource,
  { windowMs, lengthMs, startMs: askedMs }: Asked,
  context: SourceContext,
): Promise<{ trains: CheckedTrains; startMs: number; lengthMs: number }> {
  if (windowMs) {
    const [startMs, endMs] = windowMs;
    if (askedMs !== undefined)
      context.report.warning(
        'unused-option',
        `startTimeMs is not used: the data start with the window, at ${startMs} ms`,
      );
    return { trains: cutTrains(trains, startMs, endMs).trains, startMs, lengthMs: endMs - startMs };
  }
  const attributes = await tables.attributes('/');
  const fileMs = askedMs === undefined ? numberAttribute(attributes, 'start_time', tables.path) : undefined;
  const startMs = resolveStart(trains, { askedMs, fileMs, beforeZero: 'kept', path: tables.path }, context.report);
  if (lengthMs !== undefined) {
    const cut = cutTrains(trains, Number.NEGATIVE_INFINITY, startMs + lengthMs, true);
    if (cut.dropped > 0) {
      const message = `${cut.dropped} spikes after lengthMs (${lengthMs} ms from the start) were cut off`;
      context.report.warning('spikes-cut-off', message, cut.dropped);
    }
    trains = cut.trains;
  }
  const fileLengthMs = lengthMs === undefined ? numberAttribute(attributes, 'length_ms', tables.path) : undefined;
  const span = { lengthMs, fileLengthMs, startMs, beyondLast: true, path: tables.path };
  return { trains, startMs, lengthMs: resolveSpan(trains, span) };
}
