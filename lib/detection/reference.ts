/** Common references: of which channels the median or the mean is taken off which. */
import type { NativeReference } from '../addon/contract.js';
import { integer, nonNegative, oneOf } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import { type Channels, distance, rowsOf } from './channel-options.js';

export interface ReferenceOptions {
  /** 'global' (default): of all channels; 'single': one channel; 'local': of the channels around each. */
  kind?: 'global' | 'single' | 'local';
  /** Default 'median'. */
  operator?: 'median' | 'average';
  /** Each group by itself (not for 'local'): rows of the traces. A row in no group stays as it is. */
  groups?: readonly (readonly number[])[];
  /**
   * Whose median or mean. global: rows, or with groups one list a group, or 'out-of-group'; single: a row, or with groups one a
   * group. Default: all of the group.
   */
  channels?: number | readonly number[] | readonly (readonly number[])[] | 'out-of-group';
  /** local: farther than the first, at most the second, in µm. Default [30, 55]. */
  radiusUm?: readonly [exclude: number, include: number];
  /** local: where fewer lie in the ring, the nearest that many beyond its inner edge. Default 5. */
  minNeighbours?: number;
}

export const referenceNames: OptionNames<ReferenceOptions> = {
  kind: true,
  operator: true,
  groups: true,
  channels: true,
  radiusUm: true,
  minNeighbours: true,
};

export interface ResolvedReference extends NativeReference {
  findings: Finding[];
}

const noReference: ResolvedReference = { median: true, sets: [], findings: [] };

/** @throws OptionError for the first option that does not fit the channels */
export function resolveReference(
  reference: ReferenceOptions | false | null | undefined,
  channels: Channels,
  option = 'reference',
): ResolvedReference {
  if (reference === false || reference === undefined || reference === null) return noReference;
  const given = knownOptions(reference, referenceNames, 'a reference', option);
  const kind = oneOf(given.kind ?? 'global', `${option}.kind`, ['global', 'single', 'local']);
  const median = oneOf(given.operator ?? 'median', `${option}.operator`, ['median', 'average']) === 'median';
  const sets = kind === 'local' ? localSets(given, channels, option) : groupSets(given, kind, channels, option);
  const unchanged = sets.filter(({ from }) => from.length === 0).flatMap(({ to }) => Array.from(to));
  const findings: Finding[] = [];
  if (unchanged.length > 0) {
    const message = `${unchanged.length} channels have no other channel to be referenced to and stay as they are (rows ${unchanged.slice(0, 8).join(', ')})`;
    findings.push({ code: 'reference-empty', severity: 'warning', message, count: unchanged.length });
  }
  return { median, sets: sets.filter(({ from }) => from.length > 0), findings };
}

type Set_ = NativeReference['sets'][number];

function groupSets(given: ReferenceOptions, kind: 'global' | 'single', channels: Channels, option: string): Set_[] {
  for (const name of ['radiusUm', 'minNeighbours'] as const) {
    if (given[name] !== undefined)
      throw new OptionError(`${option}.${name}`, "given only with kind 'local'", given[name]);
  }
  const all = Uint32Array.from({ length: channels.count }, (_, c) => c);
  const groups = given.groups === undefined ? [all] : groupsOf(given.groups, channels.count, `${option}.groups`);
  const bad = new Set(channels.bad);
  const usable = (rows: Uint32Array) => rows.filter((row) => !bad.has(row));
  const chosen = kind === 'single' ? singleOf(given, groups, channels, option) : null;
  return groups.map((to, g) => {
    if (chosen) return { from: Uint32Array.of(chosen[g]), to };
    if (given.channels === 'out-of-group') {
      if (given.groups === undefined) {
        throw new OptionError(`${option}.channels`, "'out-of-group' only where groups are given", given.channels);
      }
      const inside = new Set(to);
      return { from: usable(all.filter((row) => !inside.has(row))), to };
    }
    if (given.channels === undefined) return { from: usable(to), to };
    return { from: usable(namedFor(given, g, groups.length, channels.count, option)), to };
  });
}

/** The rows that are named for one group. */
function namedFor(given: ReferenceOptions, g: number, groups: number, count: number, option: string): Uint32Array {
  const name = `${option}.channels`;
  if (given.groups === undefined) return rowsOf(given.channels, count, name);
  const lists = given.channels;
  if (!Array.isArray(lists) || lists.length !== groups) {
    throw new OptionError(name, `one list a group (${groups}) or 'out-of-group'`, lists);
  }
  return rowsOf(lists[g], count, `${name}[${g}]`);
}

/** One row a group. */
function singleOf(given: ReferenceOptions, groups: Uint32Array[], channels: Channels, option: string): number[] {
  const name = `${option}.channels`;
  const list = Array.isArray(given.channels) ? given.channels : [given.channels];
  if (list.length !== groups.length || list.some((row) => typeof row !== 'number')) {
    throw new OptionError(name, given.groups ? `one row a group (${groups.length})` : 'one row', given.channels);
  }
  return list.map((row, i) => integer(row, groups.length > 1 ? `${name}[${i}]` : name, 0, channels.count - 1));
}

function groupsOf(groups: unknown, count: number, option: string): Uint32Array[] {
  if (!Array.isArray(groups) || groups.length === 0) throw new OptionError(option, 'lists of rows', groups);
  const owner = new Map<number, number>();
  return groups.map((group, g) => {
    const rows = rowsOf(group, count, `${option}[${g}]`);
    if (rows.length === 0) throw new OptionError(`${option}[${g}]`, 'a list of at least one row', group);
    for (const row of rows) {
      const other = owner.get(row);
      if (other !== undefined) {
        throw new OptionError(option, 'groups that have no row in common', `row ${row} in groups ${other} and ${g}`);
      }
      owner.set(row, g);
    }
    return rows;
  });
}

/** Of each channel the others in the ring around it; ties between equally far ones go by row. */
function localSets(given: ReferenceOptions, channels: Channels, option: string): Set_[] {
  for (const name of ['groups', 'channels'] as const) {
    if (given[name] !== undefined)
      throw new OptionError(`${option}.${name}`, "left out with kind 'local'", given[name]);
  }
  const { places, count } = channels;
  if (!places) {
    throw new OptionError(`${option}.kind`, "'local' only where places are known", 'local', 'Give channelLocations');
  }
  const [inner, outer] = ringOf(given.radiusUm ?? [30, 55], `${option}.radiusUm`);
  const least = integer(given.minNeighbours ?? 5, `${option}.minNeighbours`, 0);
  const bad = new Set(channels.bad);
  return places.map((place, c) => {
    const far = places.map((other) => distance(place, other));
    const others = Array.from({ length: count }, (_, k) => k).filter((k) => k !== c && !bad.has(k) && far[k] > inner);
    const inside = others.filter((k) => far[k] <= outer);
    const nearest = others.sort((a, b) => far[a] - far[b] || a - b).slice(0, least);
    const from = inside.length < least ? nearest.sort((a, b) => a - b) : inside;
    return { from: Uint32Array.from(from), to: Uint32Array.of(c) };
  });
}

function ringOf(value: unknown, option: string): [number, number] {
  if (!Array.isArray(value) || value.length !== 2) throw new OptionError(option, '[inner, outer] in µm', value);
  const [inner, outer] = value.map((edge, i) => nonNegative(edge, `${option}[${i}]`));
  if (inner >= outer) throw new OptionError(option, 'an inner radius below the outer one', `[${inner}, ${outer}]`);
  return [inner, outer];
}
