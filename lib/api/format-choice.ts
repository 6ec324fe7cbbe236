/** Which format a source or a target is, and the options that fit it: what commands and batches share. */

import { FormatError, OptionError, UnsupportedError } from '../core/errors.js';
import type { LoadOptions } from '../core/options.js';
import { fileLoaders, type NamedExporter, type NamedLoader } from '../formats/table.js';
import type { Identification } from '../loading/identify/identification.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import { identify } from './identify.js';

type Format = Pick<NamedLoader, 'name' | 'what' | 'rate' | 'options' | 'recognises'>;

/** Options of the library's function, by their names there. */
export type FormatOptions = Record<string, unknown>;

export function load(format: NamedLoader, source: string, options: FormatOptions & LoadOptions): Promise<SpikeData> {
  return (format.load as (source: string, options: FormatOptions) => Promise<SpikeData>)(source, options);
}

export function save(format: NamedExporter, sd: SpikeData, path: string, options: FormatOptions): Promise<unknown> {
  return (format.save as (sd: SpikeData, path: string, options: FormatOptions) => Promise<unknown>)(sd, path, options);
}

/** The format named, or the one that the path looks like. */
export function chooseFormat<F extends Format>(formats: readonly F[], path: string, flag: string, name?: string): F {
  const found = formats.find((format) =>
    name === undefined ? (format.recognises?.(path) ?? false) : format.name === name,
  );
  if (found) return found;
  const hint = name === undefined ? `The name ${path} does not tell the format` : '';
  throw new OptionError(flag, `one of ${formats.map((format) => format.name).join(', ')}`, name, hint);
}

/** --fs and key=value as options of one function. A name that it does not know would be passed over in silence there. */
export function optionsFor(format: Format, flag: string, fsHz: number | undefined, given: FormatOptions = {}) {
  for (const key of Object.keys(given)) {
    if (!format.options.includes(key) && key !== format.rate)
      throw new OptionError(flag, `one of ${format.options.join(', ')} for ${format.name}`, key);
  }
  return { ...(fsHz === undefined || !format.rate ? {} : { [format.rate]: fsHz }), ...given };
}

/** What a source's content tells, and what was asked, which wins: a layout that was asked for leaves out one that was told. */
export function withTold({ layouts = [] }: NamedLoader, told: FormatOptions = {}, asked: FormatOptions): FormatOptions {
  const isAsked = layouts.some((layout) => layout.some((name) => name in asked && !(name in told)));
  const chosen = layouts.filter((layout) => layout.some((name) => name in asked));
  const others = isAsked ? layouts.filter((layout) => !chosen.includes(layout)).flat() : [];
  return { ...Object.fromEntries(Object.entries(told).filter(([name]) => !others.includes(name))), ...asked };
}

interface Told {
  format: NamedLoader;
  path: string;
  options: Record<string, unknown>;
}

/**
 * The sorting at a place, with the options that its content tells.
 *
 * @throws OptionError where there are several, or none; FormatError where it is damaged, empty or a pointer to a file elsewhere;
 * UnsupportedError where it is packed, or of a format that is not read
 */
export function onlySorting(
  source: string,
  from: string | undefined,
  found: readonly Identification[],
): Told | undefined {
  const told = found.flatMap((each) => sortingIn(each, from));
  if (told.length === 1) return told[0];
  if (told.length > 1) {
    const list = told.slice(0, 10).map(({ path, format }) => `${path} (${format.name})`);
    throw new OptionError('source', 'the place of one sorting', source, `There are ${list.join(', ')}`);
  }
  if (from !== undefined) return undefined;
  const [best] = found;
  if (!best.readable && best.advice) refuseHopeless(source, best, best.advice);
  const isRecording = best.readable && best.what === 'recording';
  const hint = isRecording
    ? `It is a recording: ${best.shell[0]}`
    : (best.advice ?? `spikelab info ${source} says more`);
  throw new OptionError('--from', `one of ${fileLoaders.map(({ name }) => name).join(', ')}`, undefined, hint);
}

/** What only a recording is opened by, or its spikes detected by. */
const ofRecordings = ['dataset', 'format', 'channels', 'dtype', 'layout', 'thresholdSigma', 'filter'];

/**
 * Whether a place without a sorting, or for options that only recordings have, is one to detect spikes in. Sorted spikes come
 * first: a recording often lies beside them.
 *
 * @param given `from` and `load` are of sortings
 */
export async function isToBeDetected(source: string, given: FormatOptions, options: LoadOptions): Promise<boolean> {
  if (given.from !== undefined || given.load !== undefined) return false;
  if (ofRecordings.some((name) => given[name] !== undefined)) return true;
  if (source.includes('://')) {
    // told by the name, for the content is fetched once, by the load; .h5 may be anything
    const known = fileLoaders.find(({ recognises }) => recognises(source));
    return known === undefined || known.name === 'hdf5';
  }
  const found = await identify(source, options);
  return found.some(({ readable, what }) => readable && what === 'recording') && !found.some(isSorting);
}

const isSorting = (found: Identification) => sortingIn(found, undefined).length > 0;

/** Where no name of a format would help: damaged, empty, packed, a pointer to a file elsewhere, or of a format that is not read. */
function refuseHopeless(source: string, { format, what, findings }: Identification, advice: string): void {
  const message = `${source}: ${advice}`;
  if (findings.length > 0 || what === 'pointer') throw new FormatError(message, { path: source });
  if (what !== 'table' && what !== 'unknown') throw new UnsupportedError(format, message);
}

function sortingIn({ readable, format: name, what, parts, details }: Identification, from: string | undefined): Told[] {
  const format = fileLoaders.find((loader) => loader.name === name);
  if (!format || !readable || what === 'recording' || (from !== undefined && from !== name)) return [];
  // of several tables or segments the first is what the loader takes by itself
  const [part] = parts.filter((each) => each.channels === undefined || each.spikes !== undefined);
  const known = [...format.options, ...(format.rate ? [format.rate] : [])];
  return part ? [{ format, path: String(details.path), options: pick(part.options, known) }] : [];
}

const pick = (options: FormatOptions, names: readonly string[]): FormatOptions =>
  Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
