/** SpikeInterface sortings: live objects with its methods, and the folders and files that it saves. */
import { stat } from 'node:fs/promises';
import type { NumericArray } from '../arrays.js';
import { isNdArray, isNumericArray } from '../arrays.js';
import { FormatError, OptionError } from '../errors.js';
import { openStoredSorting } from '../format/spikeinterface/open.js';
import { rowsOf, type StoredSorting } from '../format/spikeinterface/stored-sorting.js';
import { integer, type LoadOptions, positive, type Source } from '../options.js';
import { localPath } from '../remote/source.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { type LoadContext, runLoader } from './context.js';
import { groupSpikes, splitRagged } from './trains.js';

/** A sorting object with SpikeInterface's methods; each may answer at once or by a promise where typed so. */
export interface SortingLike {
  getUnitIds(): readonly (number | string)[];
  getSamplingFrequency(): number;
  getUnitSpikeTrain(query: {
    unitId: number | string;
    segmentIndex?: number;
  }): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** One value a unit, in the order of getUnitIds; undefined or null where there is no such property. */
  getProperty?(name: string): unknown;
}

export interface SpikeInterfaceOptions extends LoadOptions {
  /** Samples per second. Default: the sorting's own. */
  samplingFrequency?: number;
  /** Only these units, in this order. Default: all. */
  unitIds?: readonly (number | string)[];
  /** Which segment. Default 0: segments have no common clock, so they are never joined. */
  segmentIndex?: number;
}

/**
 * Loads a SpikeInterface sorting: an object with its methods, or the path of a saved one (NpzSorting file or folder,
 * NumpyFolder, Zarr, SortingAnalyzer as folder or Zarr). Spike times are sample / samplingFrequency in ms, counted from the
 * start of the segment.
 *
 * Unit attributes: unit_id; electrode (property `electrode`, else `channel`; of an analyzer the channel where the unit's
 * template is largest); location; every further property under its own name.
 *
 * @throws OptionError for unknown units or segments, FormatError where the path is no sorting, NotFoundError
 */
export function loadSpikeDataFromSpikeInterface(
  sorting: SortingLike | Source,
  options: SpikeInterfaceOptions = {},
): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromSpikeInterface', format: 'spikeinterface' };
  return runLoader(loader, [sorting], options, (context) => {
    if (options.samplingFrequency !== undefined) positive(options.samplingFrequency, 'samplingFrequency');
    const segment = integer(options.segmentIndex ?? 0, 'segmentIndex', 0);
    if (isSortingLike(sorting)) return fromObject(sorting, segment, options, context);
    return fromStored(sorting, segment, options, context);
  });
}

function isSortingLike(value: unknown): value is SortingLike {
  if (typeof value !== 'object' || value === null || value instanceof URL) return false;
  const methods = ['getUnitIds', 'getSamplingFrequency', 'getUnitSpikeTrain'] as const;
  const absent = methods.filter((name) => typeof (value as SortingLike)[name] !== 'function');
  if (absent.length) throw new OptionError('sorting', `a path or an object with ${absent.join(', ')}`, value);
  return true;
}

async function fromObject(sorting: SortingLike, segment: number, options: SpikeInterfaceOptions, context: LoadContext) {
  const all = await sorting.getUnitIds();
  if (!Array.isArray(all) && !isNumericArray(all)) throw new OptionError('sorting.getUnitIds()', 'a list of ids', all);
  const ids = Array.from(all as readonly (number | string)[], (id) => (typeof id === 'bigint' ? Number(id) : id));
  const rows = selectUnits(ids, options.unitIds);
  const fsHz =
    options.samplingFrequency ?? positive(await sorting.getSamplingFrequency(), 'sorting.getSamplingFrequency()');
  const trains: ArrayLike<number>[] = [];
  for (const row of rows) {
    context.signal?.throwIfAborted();
    const train = await sorting.getUnitSpikeTrain({ unitId: ids[row], segmentIndex: segment });
    if (!isNumericArray(train) && !Array.isArray(train)) {
      throw new OptionError(`sorting.getUnitSpikeTrain({ unitId: ${ids[row]} })`, 'an array of samples', train);
    }
    trains.push(train);
  }
  const offsets = new Float64Array(trains.length + 1);
  trains.forEach((train, u) => {
    offsets[u + 1] = offsets[u] + train.length;
  });
  const times = new Float64Array(offsets[trains.length]);
  trains.forEach((train, u) => {
    times.set(Array.isArray(train) ? train : Float64Array.from(train, Number), offsets[u]);
  });
  const source = { path: 'the sorting', times: 'spike trains', limits: context.limits };
  const flat = await splitRagged(context, source, { times, offsets, scale: { multiply: 1000, divide: fsHz } });
  const properties: Record<string, unknown[]> = {};
  for (const name of ['electrode', 'channel', 'location']) {
    const values = perUnit(await sorting.getProperty?.(name));
    if (values) properties[name] = values;
  }
  const unitIds = rows.map((row) => ids[row]);
  return spikeDataFromFlat(flat, {
    neuronAttributes: rows.map((row) => attributesOf(ids[row], row, properties)),
    metadata: { source_format: 'SpikeInterface', unit_ids: unitIds, fs_Hz: fsHz },
  });
}

async function fromStored(source: Source, segment: number, options: SpikeInterfaceOptions, context: LoadContext) {
  const { report } = context;
  const onBytes = (bytes: number) => {
    report.bytesRead += bytes;
  };
  const stored = await openStoredSorting(await sortingPath(source, context), { ...context, onBytes });
  if (segment >= stored.segments) {
    throw new OptionError('segmentIndex', `below the sorting's ${stored.segments} segments`, segment);
  }
  const rows = selectUnits(stored.unitIds, options.unitIds);
  const fsHz = options.samplingFrequency ?? stored.fsHz;
  noteOverride(fsHz, stored.fsHz, context);
  const trainOf = new Int32Array(stored.unitIds.length).fill(-1);
  rows.forEach((row, train) => {
    trainOf[row] = train;
  });
  const spikes = await report.time('read', () => stored.spikes(segment));
  const path = String(source);
  const names = { path, times: 'sample index', units: 'unit index', limits: context.limits };
  checkRows(spikes.rows, stored.unitIds.length, path);
  const scale = { multiply: 1000, divide: fsHz };
  const request = { times: spikes.samples, units: spikes.rows, count: rows.length, trainOf, scale };
  const flat = await report.time('group', () => groupSpikes(context, names, request));
  noteLeftOut(stored, rows.length, segment, report);
  const recorded = stored.channels?.samples?.[segment];
  const last = flat.times.length ? flat.times.reduce((a, b) => Math.max(a, b)) : 0;
  return spikeDataFromFlat(flat, {
    ...(recorded ? { length: Math.max((recorded * 1000) / fsHz, last) } : {}),
    neuronAttributes: rows.map((row) => storedAttributes(stored, row)),
    metadata: {
      source_format: 'SpikeInterface',
      source_file: path,
      container: stored.container,
      unit_ids: rows.map((row) => stored.unitIds[row]),
      fs_Hz: fsHz,
    },
  });
}

function noteLeftOut(stored: StoredSorting, kept: number, segment: number, report: LoadContext['report']): void {
  if (kept < stored.unitIds.length) report.dropUnits('not asked for', stored.unitIds.length - kept);
  for (const name of stored.skipped)
    report.info(
      'skipped-property',
      `the property ${name} is a pickled object or has no single value a unit and was left out`,
    );
  if (stored.segments > 1)
    report.info('one-segment', `segment ${segment} of ${stored.segments} was loaded: segments have no common clock`);
}

/** Folders go as they are; a single file may also lie in S3. */
async function sortingPath(source: Source, context: LoadContext): Promise<string> {
  const text = source instanceof URL ? source.href : source;
  if (typeof text === 'string' && /^(s3|https?):/i.test(text)) return context.localFile(source, 'sorting');
  const path = localPath(source, 'sorting');
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ? path : context.localFile(source, 'sorting');
}

function selectUnits(all: readonly (number | string)[], asked: SpikeInterfaceOptions['unitIds']): number[] {
  if (asked === undefined || asked === null) return all.map((_, row) => row);
  if (!Array.isArray(asked) && !isNumericArray(asked)) throw new OptionError('unitIds', 'a list of unit ids', asked);
  const rowOf = new Map(all.map((id, row) => [id, row]));
  const missing = Array.from(asked).filter((id) => !rowOf.has(id));
  if (missing.length) {
    const some = (ids: readonly unknown[]) => ids.slice(0, 20).join(', ') + (ids.length > 20 ? ', …' : '');
    throw new OptionError('unitIds', `among the sorting's units (${some(all)})`, `${some(missing)}, which it has not`);
  }
  return Array.from(asked, (id) => rowOf.get(id) as number);
}

/** Each spike must name one of the units: `trainOf` would drop others in silence. */
function checkRows(rows: NumericArray, units: number, path: string): void {
  for (let i = 0; i < rows.length; i++) {
    if (!(rows[i] >= 0 && rows[i] < units)) {
      throw new FormatError(
        `${path}: the unit index of spike ${i} must lie below the ${units} units, found ${rows[i]}`,
        { path },
      );
    }
  }
}

function noteOverride(fsHz: number, storedHz: number, { report }: LoadContext): void {
  if (Math.abs(fsHz - storedHz) <= 1e-9 * storedHz) return;
  const message = `samplingFrequency ${fsHz} Hz was asked for, the sorting says ${storedHz} Hz: times follow the former`;
  report.warning('sampling-frequency', message);
}

/** A property's values, one a unit: arrays of numbers, texts or rows. */
function perUnit(property: unknown): unknown[] | null {
  if (isNdArray(property)) return rowsOf(property.data as ArrayLike<number>, Array.from(property.shape));
  if (isNumericArray(property)) return Array.from(property as ArrayLike<number | bigint>, Number);
  return Array.isArray(property) ? property : null;
}

function attributesOf(unitId: number | string, row: number, properties: Record<string, unknown[]>): NeuronAttributes {
  const attributes: NeuronAttributes = { unit_id: unitId };
  for (const [name, values] of Object.entries(properties)) {
    if (row < values.length && name !== 'channel' && name !== 'location') attributes[name] = values[row];
  }
  const electrode = (properties.electrode ?? properties.channel)?.[row];
  if (typeof electrode === 'number' || typeof electrode === 'string') attributes.electrode = electrode;
  const at = properties.location?.[row];
  if (at !== undefined && at !== null)
    attributes.location = typeof at === 'number' ? [at] : Array.from(at as number[], Number);
  return attributes;
}

function storedAttributes(stored: StoredSorting, row: number): NeuronAttributes {
  const attributes = attributesOf(stored.unitIds[row], row, stored.properties);
  const { channels } = stored;
  const peak = channels?.peakRows?.[row];
  if (!channels || peak === undefined) return attributes;
  attributes.channel_id = channels.ids[peak];
  attributes.electrode ??= (channels.electrodes?.[peak] ?? channels.ids[peak]) as number | string;
  if (channels.locations) attributes.location ??= channels.locations[peak];
  return attributes;
}
