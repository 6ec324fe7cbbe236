/** SpikeInterface sortings: live objects with its methods, and the folders and files that it saves. */

import { findRemoteZarr } from '../../containers/zarr/remote-store.js';
import type { NumericArray } from '../../core/arrays.js';
import { isNumericArray } from '../../core/arrays.js';
import { integer, isObjectWith, positive } from '../../core/checks.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { inSlices, manyElements } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import { windowFromZero } from '../../loading/start.js';
import { groupSpikes, splitRagged } from '../../loading/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { openStoredSorting, openStoredZarr } from './sorting/open.js';
import { sortingPath } from './sorting/path.js';
import type { StoredSorting } from './sorting/stored-sorting.js';
import { placement, propertiesOf } from './unit-places.js';

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

const optionNames: OptionNames<SpikeInterfaceOptions> = {
  samplingFrequency: true,
  unitIds: true,
  segmentIndex: true,
  ...loadOptionNames,
};

/**
 * Loads a SpikeInterface sorting: an object with its methods, or the path of a saved one (NpzSorting file or folder,
 * NumpyFolder, Zarr, SortingAnalyzer as folder or Zarr). Spike times are sample / samplingFrequency in ms, counted from the
 * start of the segment.
 *
 * Unit attributes: unit_id; electrode (the first that a unit has of the properties `channel`, `ch`, `peak_channel` and
 * `electrode`; of an analyzer else the channel where the unit's template is largest); location (of `location`, `unit_location`
 * and `position`; of an analyzer else the one estimated (`unit_locations`) or its channel's); every further property under its own name;
 * an analyzer's quality and template metrics, and its mean waveform on the unit's channel (`template`). Spikes before sample 0 are kept, with a finding.
 *
 * @throws OptionError for unknown units or segments, FormatError where the path is no sorting, NotFoundError
 */
export async function loadSpikeDataFromSpikeInterface(
  sorting: SortingLike | Source,
  options: SpikeInterfaceOptions = {},
): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromSpikeInterface', format: 'spikeinterface' };
  options = knownOptions(options, optionNames, loader.name);
  return runLoader(loader, [sorting], options, (context) => {
    if (options.samplingFrequency !== undefined) positive(options.samplingFrequency, 'samplingFrequency');
    const segment = integer(options.segmentIndex ?? 0, 'segmentIndex', 0);
    if (isSortingLike(sorting)) return fromObject(sorting, segment, options, context);
    return fromStored(sorting, segment, options, context);
  });
}

function isSortingLike(value: unknown): value is SortingLike {
  return isObjectWith(value, 'sorting', ['getUnitIds', 'getSamplingFrequency', 'getUnitSpikeTrain']);
}

async function fromObject(
  sorting: SortingLike,
  segment: number,
  options: SpikeInterfaceOptions,
  context: SourceContext,
) {
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
  let u = 0;
  const copy = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      while (i >= offsets[u + 1]) u++;
      times[i] = Number(trains[u][i - offsets[u]]);
    }
  };
  await inSlices(times.length, manyElements, copy, context.signal);
  const source = { path: 'the sorting', times: 'spike trains', limits: context.limits };
  const flat = await splitRagged(context, source, { times, offsets, scale: { multiply: 1000, divide: fsHz } });
  const properties = await propertiesOf(sorting);
  const unitIds = rows.map((row) => ids[row]);
  return spikeDataFromFlat(flat, {
    ...windowFromZero(flat, context.report),
    neuronAttributes: rows.map((row) => ({ unit_id: ids[row], ...placement(row, properties) })),
    metadata: { source_format: 'SpikeInterface', unit_ids: unitIds, fs_Hz: fsHz },
  });
}

async function fromStored(source: Source, segment: number, options: SpikeInterfaceOptions, context: SourceContext) {
  const onBytes = (bytes: number) => {
    context.report.bytesRead += bytes;
  };
  const zarr = await findRemoteZarr(source, context, {}, 'sorting');
  const stored = zarr
    ? await openStoredZarr(zarr)
    : await openStoredSorting(await sortingPath(source, context), { ...context, onBytes });
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
  const spikes = await context.report.time('reading', () => stored.spikes(segment));
  const path = String(source);
  const names = { path, times: 'sample index', units: 'unit index', limits: context.limits };
  await checkRows(spikes.rows, stored.unitIds.length, path, context.signal);
  const scale = { multiply: 1000, divide: fsHz };
  const request = { times: spikes.samples, units: spikes.rows, count: rows.length, trainOf, scale };
  const flat = await context.report.time('grouping', () => groupSpikes(context, names, request));
  noteLeftOut(stored, rows.length, segment, context.report);
  const recorded = stored.channels?.samples?.[segment];
  return spikeDataFromFlat(flat, {
    ...windowFromZero(flat, context.report, recorded ? (recorded * 1000) / fsHz : undefined),
    neuronAttributes: rows.map((row) => storedAttributes(stored, row)),
    metadata: {
      source_format: 'SpikeInterface',
      source_file: sourceName(source),
      container: stored.container,
      unit_ids: rows.map((row) => stored.unitIds[row]),
      fs_Hz: fsHz,
    },
  });
}

function noteLeftOut(stored: StoredSorting, kept: number, segment: number, report: SourceContext['report']): void {
  if (kept < stored.unitIds.length) report.dropUnits('not asked for', stored.unitIds.length - kept);
  for (const name of stored.skipped)
    report.info(
      'skipped-property',
      `the property ${name} is a pickled object or has no single value a unit and was left out`,
    );
  if (stored.segments > 1)
    report.info('one-segment', `segment ${segment} of ${stored.segments} was loaded: segments have no common clock`);
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
async function checkRows(rows: NumericArray, units: number, path: string, signal?: AbortSignal): Promise<void> {
  await inSlices(
    rows.length,
    manyElements,
    (start, end) => {
      for (let i = start; i < end; i++) {
        if (rows[i] >= 0 && rows[i] < units) continue;
        const message = `${path}: the unit index of spike ${i} must lie below the ${units} units, found ${rows[i]}`;
        throw new FormatError(message, { path });
      }
    },
    signal,
  );
}

function noteOverride(fsHz: number, storedHz: number, { report }: SourceContext): void {
  if (Math.abs(fsHz - storedHz) <= 1e-9 * storedHz) return;
  const message = `samplingFrequency ${fsHz} Hz was asked for, the sorting says ${storedHz} Hz: times follow the former`;
  report.warning('sample-rate-differs', message);
}

function storedAttributes(stored: StoredSorting, row: number): NeuronAttributes {
  const { channels, properties } = stored;
  const attributes: NeuronAttributes = { unit_id: stored.unitIds[row] };
  for (const [name, values] of Object.entries(properties)) {
    if (row < values.length && !['channel', 'electrode', 'location'].includes(name)) attributes[name] = values[row];
  }
  Object.assign(attributes, placement(row, properties));
  addExtensions(attributes, stored, row);
  const peak = channels?.peakRows?.[row];
  if (!channels || peak === undefined) return attributes;
  attributes.channel_id = channels.ids[peak];
  attributes.electrode ??= (channels.electrodes?.[peak] ?? channels.ids[peak]) as number | string;
  if (channels.locations) attributes.location ??= channels.locations[peak];
  return attributes;
}

/** Metrics under their own names, unless a property has the name; the place that was estimated; the mean waveform where it is largest. */
function addExtensions(attributes: NeuronAttributes, { extensions, channels }: StoredSorting, row: number): void {
  if (!extensions) return;
  const { columns, locations, average } = extensions;
  for (const [name, values] of Object.entries(columns)) {
    const value = values[row];
    if (value !== '' && !Number.isNaN(value)) attributes[name] ??= value;
  }
  if (locations?.[row].every(Number.isFinite)) attributes.location ??= locations[row];
  const peak = channels?.peakRows?.[row];
  if (!average || peak === undefined) return;
  const [, samples, width] = average.shape;
  const start = row * samples * width + peak;
  attributes.template ??= Float64Array.from({ length: samples }, (_, s) => Number(average.data[start + s * width]));
}
