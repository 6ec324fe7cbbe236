/** CellExplorer: basename.spikes.cellinfo.mat, spike times in seconds with what is known of the units. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NotFoundError, OptionError } from '../../core/errors.js';
import { knownOptions } from '../../core/known-options.js';
import { readOptional } from '../../core/optional.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { runLoader } from '../../loading/context.js';
import { placeOf } from '../../loading/found-units.js';
import { sourceName } from '../../loading/source-name.js';
import { windowFromZero } from '../../loading/start.js';
import { splitRagged } from '../../loading/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { fieldNames, rateIn, readSpikes } from './spikes.js';

const loader = { name: 'loadSpikeDataFromCellExplorer', format: 'cellexplorer' };
export const cellinfoName = /\.spikes\.cellinfo\.mat$/i;

/**
 * Loads basename.spikes.cellinfo.mat (MAT-files of version 5 and 7.3), or the only one of a folder. Units keep the order of the file.
 *
 * @throws OptionError, NotFoundError, FormatError, LimitError
 */
export async function loadSpikeDataFromCellExplorer(source: Source, options: LoadOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, loadOptionNames, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, context));
}

async function load(source: Source, context: SourceContext): Promise<SpikeData> {
  const place = await placeOf(source, context);
  const path = place.isFolder ? await onlyCellinfo(place.path, context) : place.path;
  const { times, columns, fsHz } = await readSpikes(path, context);
  const offsets = new Float64Array(times.length + 1);
  for (const [u, train] of times.entries()) offsets[u + 1] = offsets[u] + train.length;
  const all = new Float64Array(offsets[times.length]);
  for (const [u, train] of times.entries()) all.set(train, offsets[u]);
  const trains = await splitRagged(
    context,
    { path, times: 'spikes.times', units: 'units' },
    { times: all, offsets, scale: { multiply: 1000 } },
  );
  const rate = fsHz ?? (await rateBeside(path, context));
  return spikeDataFromFlat(trains, {
    ...windowFromZero(trains, context.report),
    neuronAttributes: times.map((_, u) => attributesOf(u, columns)),
    metadata: { source_file: sourceName(source), source_format: 'CellExplorer', ...(rate ? { fs_Hz: rate } : {}) },
  });
}

function attributesOf(unit: number, columns: ReadonlyMap<string, (number | string)[]>): NeuronAttributes {
  const known = Object.entries(fieldNames).flatMap(([field, name]): [string, number | string][] => {
    const value = columns.get(field)?.[unit];
    return value === undefined || value === '' || Number.isNaN(value) ? [] : [[name, value]];
  });
  return { unit_id: unit, ...Object.fromEntries(known) };
}

async function onlyCellinfo(folder: string, context: SourceContext): Promise<string> {
  const names = (await readdir(folder)).filter((name) => cellinfoName.test(name)).sort();
  if (names.length === 1) return memberPath(folder, join(folder, names[0]), context);
  if (!names.length) throw new NotFoundError(`A file .spikes.cellinfo.mat was expected in ${folder}`, { path: folder });
  throw new OptionError('source', 'one .spikes.cellinfo.mat', folder, `There are ${names.slice(0, 20).join(', ')}`);
}

/** Older files leave the rate to the session's. */
async function rateBeside(path: string, context: SourceContext): Promise<number | undefined> {
  const [folder, stem] = [dirname(path), basename(path).replace(cellinfoName, '')];
  const places: [name: string, where: string[]][] = [
    [`${stem}.session.mat`, ['session', 'extracellular', 'sr']],
    [`${stem}.sessionInfo.mat`, ['sessionInfo', 'rates', 'wideband']],
  ];
  for (const [name, where] of places) {
    if (!(await isFile(join(folder, name)))) continue;
    const read = async () => rateIn(await memberPath(folder, join(folder, name), context), where, context);
    const rate = await readOptional(context.report, `The rate in ${name}`, read);
    if (rate !== undefined) return rate;
  }
  return undefined;
}
