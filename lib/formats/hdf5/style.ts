/** Which of the four HDF5 layouts a call asks for, and what it says about it. */
import { oneOf, positive, text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import type { TimeUnit } from '../../core/options.js';
import { type AskedUnit, askedUnit } from './unit.js';

/** (units, bins) of spike counts. */
export interface RasterStyle {
  rasterDataset: string;
  rasterBinSizeMs: number;
}

/** All spike times, unit after unit, and an index that says where each unit ends. */
export interface RaggedStyle {
  spikeTimesDataset: string;
  spikeTimesIndexDataset: string;
  /** Default: the attribute `unit` or `units` of the dataset, else 's'. */
  spikeTimesUnit?: TimeUnit;
}

/** One dataset of spike times a unit. */
export interface GroupStyle {
  groupPerUnit: string;
  /** Default: the attribute `unit` or `units` of the group, else 's'. */
  groupTimeUnit?: TimeUnit;
}

/** One unit index and one time a spike, in any order. */
export interface PairedStyle {
  idcesDataset: string;
  timesDataset: string;
  /** Default: the attribute `unit` or `units` of the dataset, else 's'. */
  timesUnit?: TimeUnit;
}

type Styles = RasterStyle & RaggedStyle & GroupStyle & PairedStyle;
/** A style together with the absence of what belongs to the others: so TypeScript refuses a call that gives none of them, or two. */
type Only<S> = S & { [K in Exclude<keyof Styles, keyof S>]?: never };
export type Hdf5Style = Only<RasterStyle> | Only<RaggedStyle> | Only<GroupStyle> | Only<PairedStyle>;

export type ResolvedStyle =
  | { kind: 'raster'; dataset: string; binMs: number }
  | { kind: 'ragged'; times: string; index: string; holds: 'ends' | 'counts' | undefined; unit: AskedUnit }
  | { kind: 'group'; group: string; unit: AskedUnit }
  | { kind: 'paired'; units: string; times: string; unit: AskedUnit };

/** Each style's options: those that choose it, then those that go with it. */
const optionsOf = {
  raster: { needed: ['rasterDataset', 'rasterBinSizeMs'], more: [] },
  ragged: { needed: ['spikeTimesDataset', 'spikeTimesIndexDataset'], more: ['spikeTimesUnit', 'spikeTimesIndex'] },
  group: { needed: ['groupPerUnit'], more: ['groupTimeUnit'] },
  paired: { needed: ['idcesDataset', 'timesDataset'], more: ['timesUnit'] },
} as const;
type Kind = keyof typeof optionsOf;
const kinds = Object.keys(optionsOf) as Kind[];

/** The options of each style: those of one exclude those of the others. */
export const styleOptions: readonly (readonly string[])[] = kinds.map((kind) => [
  ...optionsOf[kind].needed,
  ...optionsOf[kind].more,
]);

/**
 * The one style whose options are given; undefined and null count as not given.
 *
 * @throws OptionError where no style is given, two are, or one is given in part
 */
export function resolveStyle(options: Record<string, unknown>): { style: ResolvedStyle; unused: string[] } {
  const given = (name: string) => options[name] !== undefined && options[name] !== null;
  const chosen = kinds.filter((kind) => optionsOf[kind].needed.some(given));
  if (chosen.length !== 1) {
    const ways = kinds.map((kind) => `${kind} (${optionsOf[kind].needed.join(' and ')})`).join(', ');
    throw new OptionError(
      'options',
      `for exactly one HDF5 style of ${ways}`,
      chosen.length ? chosen.join(' and ') : 'none',
    );
  }
  const [kind] = chosen;
  const missing = optionsOf[kind].needed.find((name) => !given(name));
  if (missing) {
    const present = optionsOf[kind].needed.filter(given).join(' and ');
    throw new OptionError(missing, `given together with ${present} (${kind} style)`, options[missing]);
  }
  const unused = kinds.filter((other) => other !== kind).flatMap((other) => optionsOf[other].more.filter(given));
  return { style: checked(kind, options), unused };
}

function checked(kind: Kind, options: Record<string, unknown>): ResolvedStyle {
  switch (kind) {
    case 'raster': {
      const binMs = positive(options.rasterBinSizeMs, 'rasterBinSizeMs');
      return { kind, dataset: text(options.rasterDataset, 'rasterDataset'), binMs };
    }
    case 'ragged': {
      const holds = options.spikeTimesIndex ?? undefined;
      return {
        kind,
        times: text(options.spikeTimesDataset, 'spikeTimesDataset'),
        index: text(options.spikeTimesIndexDataset, 'spikeTimesIndexDataset'),
        holds: holds === undefined ? undefined : oneOf(holds, 'spikeTimesIndex', ['ends', 'counts'] as const),
        unit: askedUnit('spikeTimesUnit', options),
      };
    }
    case 'group':
      return { kind, group: text(options.groupPerUnit, 'groupPerUnit'), unit: askedUnit('groupTimeUnit', options) };
    case 'paired':
      return {
        kind,
        units: text(options.idcesDataset, 'idcesDataset'),
        times: text(options.timesDataset, 'timesDataset'),
        unit: askedUnit('timesUnit', options),
      };
  }
}
