/** NWB 2.x files: the Units table with its attributes, its electrodes and its session. */
import { stat } from 'node:fs/promises';
import { OptionError } from '../errors.js';
import { openHdf5 } from '../format/hdf5.js';
import { Hdf5Tables, type TableSource } from '../format/table-source.js';
import { ZarrFolder } from '../format/zarr.js';
import { ZarrTables } from '../format/zarr-tables.js';
import { boolean, finite, type LoadOptions, type Source, text } from '../options.js';
import { isS3Url } from '../remote/s3-url.js';
import { localPath } from '../remote/source.js';
import { CheckedTrains } from '../spike-data/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { type LoadContext, runLoader } from './context.js';
import { readAttributes, readIds } from './nwb/attributes.js';
import { cutTrains } from './nwb/cut.js';
import { type Electrodes, electrodesByChannel, readElectrodes } from './nwb/electrodes.js';
import { findUnits, refuseNwb1, type UnitsTable } from './nwb/find-units.js';
import { readSampling, readSession } from './nwb/session.js';
import { checkWindow, readSpikeTimes } from './nwb/spike-times.js';
import { noteImplausibleRate } from './plausible.js';
import { sourceName } from './source-name.js';
import { lengthOption, numberAttribute, resolveSpan } from './span.js';

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
  /** Only these unit ids, in this order, and only this window: only their parts of the file are read. */
  unitIds?: readonly (number | string)[];
  windowMs?: readonly [start: number, end: number];
}

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

async function openTables(source: Source, context: LoadContext): Promise<TableSource> {
  const { limits, signal, report } = context;
  const folder = isS3Url(source) ? null : localPath(source, 'source');
  if (folder !== null && (await stat(folder).catch(() => null))?.isDirectory()) {
    const onBytes = (bytes: number) => {
      report.bytesRead += bytes;
    };
    return new ZarrTables(await ZarrFolder.open(folder, { limits, signal, onBytes }));
  }
  const path = await context.localFile(source);
  return new Hdf5Tables(await openHdf5(path, { limits, signal, report }));
}

async function loadTables(tables: TableSource, asked: Asked, name: string, context: LoadContext): Promise<SpikeData> {
  await refuseNwb1(tables);
  const found = await findUnits(tables, asked.unitsPath, asked.allowNoUnits);
  const electrodes = await readElectrodes(tables, context);
  const loaded = found ? await loadUnits(found, electrodes, asked, context) : noUnits(context);
  const { trains, neuronAttributes, unitCount } = loaded;
  const metadata: Record<string, unknown> = {
    source_file: name,
    format: 'NWB',
    ...(await readSession(tables)),
    ...(await readSampling(tables)),
    unit_count: unitCount,
    ...(electrodes ? { electrodes_by_channel: electrodesByChannel(electrodes) } : {}),
  };
  const span = await cutToSpan(trains, tables, asked, context);
  noteImplausibleRate(span.trains, 's', context);
  return spikeDataFromFlat(span.trains, { length: span.lengthMs, startTime: span.startMs, neuronAttributes, metadata });
}

interface Units {
  trains: CheckedTrains;
  neuronAttributes: NeuronAttributes[];
  /** In the file. */
  unitCount: number;
}

function noUnits(context: LoadContext): Units {
  context.report.info('no-units', 'the file has no units');
  return { trains: new CheckedTrains(new Float64Array(), new Float64Array(1)), neuronAttributes: [], unitCount: 0 };
}

async function loadUnits(
  found: UnitsTable,
  electrodes: Electrodes | null,
  asked: Asked,
  context: LoadContext,
): Promise<Units> {
  const { table, spikeTimes } = found;
  const offsets = await table.offsets(spikeTimes, context);
  const unitCount = offsets.length - 1;
  const ids = await readIds(table, unitCount, context);
  const rows = asked.unitIds ? rowsOfIds(ids, asked.unitIds) : ids.map((_, row) => row);
  if (asked.unitIds) context.report.dropUnits('not asked for', unitCount - rows.length);
  const selection = { rows: asked.unitIds ? rows : undefined, windowMs: asked.windowMs };
  const trains = await readSpikeTimes(found, offsets, selection, context);
  const neuronAttributes = await readAttributes(found, ids, rows, electrodes, asked.columns, context);
  return { trains, neuronAttributes, unitCount };
}

function rowsOfIds(ids: readonly (number | string)[], wanted: readonly (number | string)[]): number[] {
  const rowOf = new Map(ids.map((id, row) => [String(id), row]));
  return wanted.map((id) => {
    const row = rowOf.get(String(id));
    if (row !== undefined) return row;
    throw new OptionError(
      'unitIds',
      `made of the file's unit ids (${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ', …' : ''})`,
      id,
    );
  });
}

/** The window that is asked for, or start and length; spikes beyond either are left out. */
async function cutToSpan(
  trains: CheckedTrains,
  tables: TableSource,
  { windowMs, lengthMs, startMs: askedStartMs }: Asked,
  context: LoadContext,
): Promise<{ trains: CheckedTrains; startMs: number; lengthMs: number }> {
  if (windowMs) {
    const [startMs, endMs] = windowMs;
    return { trains: cutTrains(trains, startMs, endMs).trains, startMs, lengthMs: endMs - startMs };
  }
  const attributes = await tables.attributes('/');
  const startMs = askedStartMs ?? numberAttribute(attributes, 'start_time', tables.path) ?? 0;
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
