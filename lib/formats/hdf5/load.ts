/** HDF5 files of spike trains, in the four layouts that SpikeLab knows. */
import { type Hdf5File, openHdf5 } from '../format/hdf5.js';
import type { LoadOptions, Source, TimeUnit } from '../options.js';
import type { CheckedTrains } from '../spike-data/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../spike-data.js';
import { type LoadContext, runLoader } from './context.js';
import { readGroup } from './hdf5/group.js';
import { readPaired } from './hdf5/paired.js';
import { readRagged } from './hdf5/ragged.js';
import { readRaster } from './hdf5/raster.js';
import { readRaw, resolveRaw } from './hdf5/raw.js';
import { type Hdf5Style, type ResolvedStyle, resolveStyle } from './hdf5/style.js';
import type { TimedTrains } from './hdf5/unit.js';
import { noteImplausibleRate } from './plausible.js';
import { sourceName } from './source-name.js';
import { lengthOption, numberAttribute, resolveSpan } from './span.js';

export type { Hdf5Style } from './hdf5/style.js';

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
    /** Goes into the metadata of the result. */
    metadata?: Record<string, unknown>;
    /** Raw traces (channels, samples), with the time of each sample in `rawTimeDataset`. */
    rawDataset?: string;
    rawTimeDataset?: string;
    /** Default: the attribute `unit` or `units` of the dataset, else 's'. */
    rawTimeUnit?: TimeUnit;
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
    const path = await context.localFile(source);
    const { limits, signal, report } = context;
    const file = await openHdf5(path, { limits, signal, report });
    try {
      const found = await readStyle(file, style, lengthMs, context);
      return spikeDataFromFlat(found.trains, {
        length: found.lengthMs,
        startTime: found.startMs,
        neuronAttributes: found.neuronAttributes,
        metadata: { ...options.metadata, source_file: sourceName(source) },
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
  lengthMs: number | undefined,
  context: LoadContext,
): Promise<Found> {
  const { path } = file;
  const attributes = await file.attributes('/');
  const startMs = numberAttribute(attributes, 'start_time', path) ?? 0;
  if (style.kind === 'raster') {
    const { trains, lengthMs: fromShape } = await readRaster(file, style, startMs, context);
    noteOtherLength(lengthMs, fromShape, context);
    return { trains, lengthMs: fromShape, startMs, neuronAttributes: null };
  }
  const { trains, unit, neuronAttributes = null } = await readTimes(file, style, context);
  noteImplausibleRate(trains, unit, context);
  const fileLengthMs = lengthMs === undefined ? numberAttribute(attributes, 'length_ms', path) : undefined;
  const span = { lengthMs, fileLengthMs, startMs, beyondLast: style.kind !== 'paired', path };
  return { trains, lengthMs: resolveSpan(trains, span), startMs, neuronAttributes };
}

function readTimes(
  file: Hdf5File,
  style: Exclude<ResolvedStyle, { kind: 'raster' }>,
  context: LoadContext,
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
function noteOtherLength(asked: number | undefined, lengthMs: number, context: LoadContext): void {
  if (asked === undefined || Math.abs(asked - lengthMs) <= 1e-9 * lengthMs) return;
  const message = `lengthMs of ${asked} is not used: the bins of the raster last ${lengthMs} ms`;
  context.report.warning('length-ignored', message);
}
