/** HDF5 files of spike trains, in the four layouts that SpikeLab knows. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { openHdf5Source } from '../../containers/hdf5/open-source.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source, type TimeUnit } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { noteImplausibleRate } from '../../loading/plausible.js';
import { sourceName } from '../../loading/source-name.js';
import { lengthOption, numberAttribute, resolveSpan } from '../../loading/span.js';
import { resolveStart } from '../../loading/start.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { readGroup } from './group.js';
import { readPaired } from './paired.js';
import { readRagged } from './ragged.js';
import { readRaster } from './raster.js';
import { readRaw, resolveRaw } from './raw.js';
import { type Hdf5Style, type ResolvedStyle, resolveStyle } from './style.js';
import type { TimedTrains } from './unit.js';

export type { Hdf5Style } from './style.js';

export type Hdf5Options = Hdf5Style &
  LoadOptions & {
    /** Samples per second: needed where a unit is 'samples'. */
    fsHz?: number;
    /** Duration in ms. Default: the file's attribute `length_ms`, else up to the last spike. A raster has its own. */
    lengthMs?: number;
    /**
     * Ragged style: what the index holds. Default: the end of each unit; a first entry of 0 is taken for the start of the
     * first one. 'ends' makes that 0 an empty first unit, and leaves out times behind the last end instead of refusing
     * them. 'counts' for files that store the number of spikes of each unit.
     */
    spikeTimesIndex?: 'ends' | 'counts';
    /** Goes into the metadata of the result, and wins: a `source_file` in it is kept. */
    metadata?: Record<string, unknown>;
    /** Raw traces (channels, samples), with the time of each sample in `rawTimeDataset`. */
    rawDataset?: string;
    rawTimeDataset?: string;
    /** Default: the attribute `unit` or `units` of the dataset, else 's'. */
    rawTimeUnit?: TimeUnit;
  };

const optionNames: OptionNames<Hdf5Options> = {
  rasterDataset: true,
  rasterBinSizeMs: true,
  spikeTimesDataset: true,
  spikeTimesIndexDataset: true,
  spikeTimesUnit: true,
  spikeTimesIndex: true,
  groupPerUnit: true,
  groupTimeUnit: true,
  idcesDataset: true,
  timesDataset: true,
  timesUnit: true,
  fsHz: true,
  lengthMs: true,
  metadata: true,
  rawDataset: true,
  rawTimeDataset: true,
  rawTimeUnit: true,
  ...loadOptionNames,
};
const loader = { name: 'loadSpikeDataFromHdf5', format: 'hdf5' };

/**
 * Loads spike trains from an HDF5 file: a raster of counts, ragged arrays, one dataset a unit, or pairs of unit and time.
 * The options name the datasets of exactly one of these styles. Numbers may be of any type, byte order and compression;
 * (N, 1) and (1, N) arrays, as MATLAB writes them, count as vectors.
 *
 * @throws OptionError, NotFoundError with the datasets there are, FormatError for data that breaks the rules of its style,
 * LimitError, UnsupportedError for external links and storage
 */
export async function loadSpikeDataFromHdf5(source: Source, options: Hdf5Options): Promise<SpikeData> {
  options = knownOptions(options, optionNames, loader.name);
  return runLoader(loader, [source], options, async (context) => {
    const given = options as Record<string, unknown> & Hdf5Options;
    const { style, unused } = resolveStyle(given);
    const raw = resolveRaw(given);
    const lengthMs = lengthOption(options.lengthMs);
    if (unused.length) {
      context.report.warning(
        'unused-option',
        `${unused.join(', ')}: not used in the ${style.kind} style`,
        unused.length,
      );
    }
    const file = await openHdf5Source(source, context);
    try {
      const found = await readStyle(file, style, { lengthMs, fsHz: options.fsHz }, context);
      return spikeDataFromFlat(found.trains, {
        length: found.lengthMs,
        startTime: found.startMs,
        neuronAttributes: found.neuronAttributes,
        metadata: { source_file: sourceName(source), ...options.metadata },
        ...(raw ? await readRaw(file, raw, options.fsHz, context) : {}),
      });
    } finally {
      // here and not in onEnd: closing tells the report how much was read
      file.close();
    }
  });
}

interface Found {
  trains: CheckedTrains;
  lengthMs: number;
  startMs: number;
  neuronAttributes: NeuronAttributes[] | null;
}

async function readStyle(
  file: Hdf5File,
  style: ResolvedStyle,
  { lengthMs, fsHz }: { lengthMs: number | undefined; fsHz: number | undefined },
  context: SourceContext,
): Promise<Found> {
  const { path } = file;
  const attributes = await file.attributes('/');
  const fileMs = numberAttribute(attributes, 'start_time', path);
  if (style.kind === 'raster') {
    const { trains, lengthMs: fromShape } = await readRaster(file, style, fileMs ?? 0, context);
    noteOtherLength(lengthMs, fromShape, context);
    return { trains, lengthMs: fromShape, startMs: fileMs ?? 0, neuronAttributes: null };
  }
  const { trains, unit, neuronAttributes = null } = await readTimes(file, style, context);
  // writers round to whole samples
  const roundingMs = unit === 'samples' && fsHz ? 500 / fsHz : 0;
  const startMs = resolveStart(trains, { fileMs, roundingMs, beforeZero: 'refused', path }, context.report);
  noteImplausibleRate(trains, unit, context);
  const fileLengthMs = lengthMs === undefined ? numberAttribute(attributes, 'length_ms', path) : undefined;
  const span = { lengthMs, fileLengthMs, startMs, roundingMs, beyondLast: style.kind !== 'paired', path };
  return { trains, lengthMs: resolveSpan(trains, span), startMs, neuronAttributes };
}

function readTimes(
  file: Hdf5File,
  style: Exclude<ResolvedStyle, { kind: 'raster' }>,
  context: SourceContext,
): Promise<TimedTrains & { neuronAttributes?: NeuronAttributes[] | null }> {
  switch (style.kind) {
    case 'ragged':
      return readRagged(file, style, context);
    case 'paired':
      return readPaired(file, style, context);
    case 'group':
      return readGroup(file, style, context);
  }
}

/** A raster's bins are its length: another one would put other bins around the same spikes. */
function noteOtherLength(asked: number | undefined, lengthMs: number, context: SourceContext): void {
  if (asked === undefined || Math.abs(asked - lengthMs) <= 1e-9 * lengthMs) return;
  const message = `lengthMs of ${asked} is not used: the bins of the raster last ${lengthMs} ms`;
  context.report.warning('length-ignored', message);
}
