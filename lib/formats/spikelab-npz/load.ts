/** The .npz that SpikeLab's sorting pipeline writes: one dict a unit, the sample rate, the places of all channels. */

import { Dict, kindOf, NumpyArray, readPickle } from '../../containers/pickle/pickle.js';
import { PlainConverter } from '../../containers/pickle/plain.js';
import { NpzFile } from '../../containers/zip/npz.js';
import { nonNegative } from '../../core/checks.js';
import { FormatError, OptionError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { unitAttributes } from './attributes.js';
import { spikeTrains } from './trains.js';

export interface SpikeLabNpzOptions extends LoadOptions {
  /** Duration in ms. Default: to the last spike. */
  lengthMs?: number;
}

/**
 * Loads a `sorted.npz` of SpikeLab's sorting pipeline: `units` (pickled dicts, read as data), `fs` in Hz, and `locations` of
 * the channels, which become `metadata.channel_locations`. Units carry unit_id, location, electrode, template, amplitudes,
 * std_norms, peak_sign and max_channel_id where the file has them.
 *
 * @throws NotFoundError naming the arrays there are where `units` or `fs` is missing, FormatError, UnsafePickleError,
 *   LimitError, OptionError
 */
export async function loadSpikeDataFromSpikeLabSortedNpz(
  source: Source,
  options: SpikeLabNpzOptions = {},
): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromSpikeLabSortedNpz', format: 'SpikeLab npz' };
  options = knownOptions(options, { lengthMs: true, ...loadOptionNames }, loader.name);
  if (options.lengthMs !== undefined) nonNegative(options.lengthMs, 'lengthMs');
  return runLoader(loader, [source], options, async (context) => {
    const path = await context.localFile(source);
    const { limits, signal, report } = context;
    const npz = await NpzFile.open(path, {
      limits,
      signal,
      onBytes: (bytes) => {
        report.bytesRead += bytes;
      },
    });
    try {
      return await load(npz, source, options, context);
    } finally {
      npz.close();
    }
  });
}

async function load(
  npz: NpzFile,
  source: Source,
  { lengthMs }: SpikeLabNpzOptions,
  context: SourceContext,
): Promise<SpikeData> {
  const { path } = npz;
  const { report } = context;
  const fsHz = await sampleRate(npz);
  const units = await report.time('reading', () => readUnits(npz, context));
  const converter = new PlainConverter(context.limits, { path, location: 'units' });
  const trains = await report.time('splitting', () => spikeTrains(units, fsHz, npz, context));
  const last = lastSpike(trains, path);
  if (typeof lengthMs === 'number' && lengthMs < last) {
    throw new OptionError('lengthMs', `at least the time of the last spike (${last} ms)`, lengthMs);
  }
  const metadata: Record<string, unknown> = {
    source_file: sourceName(source),
    source_format: 'SpikeLab_npz',
    fs_Hz: fsHz,
  };
  if (npz.has('locations')) metadata.channel_locations = await channelLocations(npz);
  const neuronAttributes = units.map((unit, u) => unitAttributes(unit, u, converter, path));
  return spikeDataFromFlat(trains, { length: lengthMs ?? undefined, neuronAttributes, metadata });
}

export async function sampleRate(npz: NpzFile): Promise<number> {
  const { data, shape } = await npz.numbers('fs');
  const fsHz = Number(data[0]);
  if (data.length === 1 && Number.isFinite(fsHz) && fsHz > 0) return fsHz;
  const found = data.length === 1 ? String(fsHz) : `an array of shape (${shape.join(', ')})`;
  throw new FormatError(`${npz.path}: fs must be one positive sample rate in Hz, found ${found}`, {
    path: npz.path,
    location: 'fs',
  });
}

async function readUnits(npz: NpzFile, { limits, signal }: SourceContext): Promise<Dict[]> {
  const place = { path: npz.path, location: 'units' };
  // an empty list of units is an empty array of numbers
  const pickle = await npz.pickleUnlessEmpty('units');
  if (pickle === null) return [];
  const root = await readPickle(pickle, place, { limits, signal });
  const units = root instanceof NumpyArray && root.shape.length === 1 ? root.data : null;
  if (!Array.isArray(units)) {
    const found = root instanceof NumpyArray ? `an array of shape (${root.shape.join(', ')})` : kindOf(root);
    throw new FormatError(`${npz.path}: units must be a 1-D array with one dict a unit, found ${found}`, place);
  }
  units.forEach((unit, u) => {
    if (unit instanceof Dict) return;
    throw new FormatError(`${npz.path}: units[${u}] must be a dict, found ${kindOf(unit)}`, place);
  });
  return units;
}

async function channelLocations(npz: NpzFile): Promise<unknown> {
  const { data, shape } = await npz.numbers('locations');
  return shape.length === 1 ? data : { data, shape: [...shape] };
}

function lastSpike(trains: CheckedTrains, path: string): number {
  let last = 0;
  for (let u = 0; u < trains.count; u++) {
    const [from, to] = [trains.offsets[u], trains.offsets[u + 1]];
    if (from === to) continue;
    if (trains.times[from] < 0) {
      const location = `units[${u}].spike_train`;
      const message = `${path}: ${location} must hold samples from 0 on, found a time of ${trains.times[from]} ms`;
      throw new FormatError(message, { path, location });
    }
    last = Math.max(last, trains.times[to - 1]);
  }
  return last;
}
