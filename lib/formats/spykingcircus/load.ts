/** SpyKING CIRCUS: name.params beside a folder with name.result.hdf5, in which each template has the samples of its spikes. */
import { basename, dirname, join } from 'node:path';
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { positive } from '../../core/checks.js';
import { FormatError, LimitError, NotFoundError, OptionError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { readOptional } from '../../core/optional.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { findFiles, isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { fileBytes } from '../../io/small-files.js';
import { runLoader } from '../../loading/context.js';
import { placeOf } from '../../loading/found-units.js';
import { sourceName } from '../../loading/source-name.js';
import { windowFromZero } from '../../loading/start.js';
import { checked } from '../../loading/trains.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';

export interface SpykingCircusOptions extends LoadOptions {
  /** Samples per second. Default: sampling_rate of the .params file. */
  fsHz?: number;
}

export const spykingCircusOptionNames: OptionNames<Omit<SpykingCircusOptions, keyof LoadOptions>> = { fsHz: true };

const loader = { name: 'loadSpikeDataFromSpykingCircus', format: 'spykingcircus' };
/** name.result.hdf5, or name.result-merged.hdf5 after curation. */
export const resultName = /\.result(-[\w.]+)?\.hdf5$/;
const mostParamsBytes = 2 ** 20;

/**
 * Loads a result file, or the one of a folder or below it: the plain one before those with a suffix, which name themselves by their
 * path. Units are templates in the order of their numbers; spikes that no template fits ('garbage') are none.
 *
 * @throws OptionError where no rate is known, or several results are there, NotFoundError, FormatError, LimitError
 */
export async function loadSpikeDataFromSpykingCircus(
  source: Source,
  options: SpykingCircusOptions = {},
): Promise<SpikeData> {
  options = knownOptions(options, { ...spykingCircusOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: SpykingCircusOptions, context: SourceContext): Promise<SpikeData> {
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  const place = await placeOf(source, context);
  const path = await resultAt(place, context);
  const fsHz = options.fsHz ?? (await rateBeside(path));
  const { limits, signal, report } = context;
  const file = await openHdf5(path, { limits, signal, report });
  context.onEnd(() => file.close());
  const numbers = await templatesIn(file);
  if (numbers.length > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, numbers.length, path);
  const paths = numbers.map((number) => `/spiketimes/temp_${number}`);
  const result = await file.readTrains(paths, { multiply: 1000, divide: fsHz }, { signal });
  const trains = checked(context, { path, times: 'spiketimes', units: 'templates' }, result);
  const electrodes = await readOptional(report, `The electrodes of ${path}`, () => electrodesBeside(path, context));
  return spikeDataFromFlat(trains, {
    ...windowFromZero(trains, report),
    neuronAttributes: numbers.map((number) => {
      const electrode = electrodes?.[number];
      return { unit_id: number, ...(electrode === undefined ? {} : { electrode }) };
    }),
    metadata: { source_file: sourceName(source), source_format: 'SpyKING CIRCUS', fs_Hz: fsHz },
  });
}

/** Numbers of the templates, rising: some are missing after merging. */
async function templatesIn(file: Hdf5File): Promise<number[]> {
  const entries = (await file.has('/spiketimes')) ? await file.list('/spiketimes') : [];
  const numbers = entries.flatMap(({ name }) => /^temp_(\d{1,9})$/.exec(name)?.slice(1).map(Number) ?? []);
  if (numbers.length) return numbers.sort((a, b) => a - b);
  const message = `${file.path} must have spiketimes/temp_0 …, found ${entries.length ? 'no templates' : 'no spiketimes'}`;
  throw new FormatError(message, { path: file.path, location: '/spiketimes' });
}

async function resultAt(
  { path, isFolder }: { path: string; isFolder: boolean },
  context: SourceContext,
): Promise<string> {
  if (!isFolder && !/\.params$/i.test(path)) return path;
  const folder = isFolder ? path : path.replace(/\.params$/i, '');
  const found = await findFiles(folder, resultName, isFolder ? 1 : 0);
  const plain = found.filter((each) => /\.result\.hdf5$/.test(each));
  const [only, ...others] = plain.length ? plain : found;
  if (!only) throw new NotFoundError(`name.result.hdf5 was expected in ${folder}`, { path: folder });
  if (!others.length) return memberPath(folder, only, context);
  const list = [only, ...others].slice(0, 10).map((each) => basename(each));
  throw new OptionError('source', 'the path of one result', path, `There are ${list.join(', ')}`);
}

/** recording.params lies beside the folder recording/, or in it. */
async function rateBeside(path: string): Promise<number> {
  const folder = dirname(path);
  const stem = basename(path).replace(resultName, '');
  const places = [`${folder}.params`, join(dirname(folder), `${stem}.params`), join(folder, `${stem}.params`)];
  for (const place of places) {
    if (!(await isFile(place))) continue;
    const text = Buffer.from(await fileBytes(place, mostParamsBytes)).toString('utf8');
    const rate = samplingRateIn(text);
    if (rate !== undefined) return rate;
  }
  const hint = `${path} counts samples, and no ${stem}.params beside its folder says sampling_rate`;
  throw new OptionError('fsHz', 'given', undefined, hint);
}

export function samplingRateIn(text: string): number | undefined {
  const rate = Number(
    /^[ \t]*sampling_rate[ \t]*=[ \t]*([\d.]+(?:e[+-]?\d+)?)[ \t]*(?:#.*)?\r?$/im.exec(text)?.[1] ?? Number.NaN,
  );
  return rate > 0 && Number.isFinite(rate) ? rate : undefined;
}

/** clusters.hdf5 of the same suffix says the electrode of each template. */
async function electrodesBeside(result: string, context: SourceContext): Promise<number[] | undefined> {
  const folder = dirname(result);
  const name = basename(result).replace('.result', '.clusters');
  if (name === basename(result) || !(await isFile(join(folder, name)))) return undefined;
  const { limits, signal, report } = context;
  const file = await openHdf5(await memberPath(folder, join(folder, name), context), { limits, signal, report });
  try {
    if (!(await file.has('/electrodes'))) return undefined;
    return Array.from((await file.read('/electrodes', { as: 'float64' })).data);
  } finally {
    file.close();
  }
}
