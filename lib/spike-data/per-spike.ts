/** Attributes with a value for each spike of a unit: cut with its train, joined with it, or left out; never left false. */
import { isNdArray, isNumericArray, type NdArray, type NumericArray } from '../core/arrays.js';
import type { CheckedTrains, FlatTrains } from '../core/flat-trains.js';
import { type ReportBuilder, warn } from '../core/report.js';
import type { AttributedTrains } from './attributed-trains.js';
import { eitherAttributes, stackedAttributes } from './join.js';
import type { NeuronAttributes, SpikeDataOptions } from './options.js';
import { cutTrains, rangesIn, type Window } from './select.js';
import { chained, countOf, isList, type List, part, reordered } from './spike-lists.js';
import { trainsOf } from './spike-trains.js';

type Attributes = readonly NeuronAttributes[] | null;

/** Those that are known to go with the spikes, though all units of an object should have as many. */
const known = new Set(['spike_amplitudes', 'spike_locations', 'spike_depths', 'spike_train_samples']);
/** Where spikes lie: no longer true once the spikes are moved. */
const isPosition = (name: string) => /(^|_)(times?|samples?|frames?)(_|$)/.test(name);

/**
 * Names of attributes that are as long as the train in every unit that has them. A vector that is so by chance (a place of three
 * numbers in a unit of three spikes) is told from them by its length: it would have to follow trains of different lengths.
 */
export function perSpikeNames(attributes: Attributes, spikes: readonly number[]): string[] {
  return namesIn(attributes).filter((name) => {
    const counts = new Set(spikes.filter((_, u) => isList(attributes?.[u][name])));
    return fits(attributes, spikes, name) && (counts.size > 1 || (counts.size === 1 && known.has(name)));
  });
}

/** Whether all that there are have a value for each spike. */
const fits = (attributes: Attributes, spikes: readonly number[], name: string) =>
  spikes.every((count, u) => (attributes?.[u][name] ?? null) === null || countOf(attributes?.[u][name]) === count);

export const countsOf = ({ train }: AttributedTrains) => train.map(({ length }) => length);

/**
 * For loaders: without those where only some of a file's spikes were loaded, or these were sorted.
 *
 * @param spikes how many the file has of each unit
 */
export function withoutStale(
  attributes: NeuronAttributes[],
  spikes: readonly number[],
  { offsets }: FlatTrains,
  report: Pick<ReportBuilder, 'findings' | 'warning'>,
): NeuronAttributes[] {
  const whole = spikes.every((count, u) => count === offsets[u + 1] - offsets[u]);
  if (whole && !report.findings.some(({ code }) => code === 'unsorted-trains')) return attributes;
  const names = perSpikeNames(attributes, spikes);
  if (names.length === 0) return attributes;
  const why = whole
    ? 'the file has its spikes in another order'
    : 'only some of the spikes were loaded (subtime cuts both)';
  report.warning('spike-attributes-dropped', `${names.join(', ')} of each spike are left out: ${why}`, names.length);
  return attributes.map((unit) => without(unit, names));
}

/** Those that claim to go with the spikes, but do not. */
function unfitNames(attributes: Attributes, fit: readonly string[]): string[] {
  const lists = (name: string) => attributes?.some((unit) => countOf(unit[name]) !== undefined);
  return namesIn(attributes).filter((name) => known.has(name) && !fit.includes(name) && lists(name));
}

const namesIn = (attributes: Attributes) => [...new Set(attributes?.flatMap((unit) => Object.keys(unit)))];

/** The spikes in a window, moved by -shift, and the attributes of their units. */
export function cutSpikes(
  sd: AttributedTrains,
  window: Window,
  shift: number,
): { trains: CheckedTrains; neuronAttributes: NeuronAttributes[] | null } {
  const trains = trainsOf(sd);
  const ranges = rangesIn(trains, window);
  return { trains: cutTrains(trains, ranges, shift), neuronAttributes: cutAttributes(sd, ranges, window, shift) };
}

function cutAttributes(
  sd: AttributedTrains,
  ranges: readonly (readonly [from: number, to: number])[],
  window: Window,
  shift: number,
): NeuronAttributes[] | null {
  const { neuronAttributes: attributes } = sd;
  if (!attributes) return null;
  const { offsets } = trainsOf(sd);
  const fit = perSpikeNames(attributes, countsOf(sd));
  const stale = [...unfitNames(attributes, fit), ...(shift === 0 ? [] : fit.filter(isPosition))];
  const cut = fit.filter((name) => !stale.includes(name));
  tellDropped('subtime', stale, 'they would not fit the spikes that are left');
  return attributes.map((unit, u) => {
    const out = cutWaveforms(without(unit, stale), window, shift);
    const [from, to] = ranges[u].map((position) => position - offsets[u]);
    for (const name of cut) if (isList(out[name])) out[name] = part(out[name] as List, from, to);
    return out;
  });
}

/** Waveforms have a list of their own of the spikes that they are of. */
function cutWaveforms(unit: NeuronAttributes, { start, end, openEnd }: Window, shift: number): NeuronAttributes {
  const { waveforms, traces_meta: meta } = unit as { waveforms?: NdArray; traces_meta?: { spike_times_ms?: unknown } };
  const given = meta?.spike_times_ms;
  if (!isNdArray(waveforms) || waveforms.shape.length !== 3 || !isNumericArray(given)) return unit;
  const times = Float64Array.from(given as Float64Array, Number);
  const [channels, samples, spikes] = waveforms.shape;
  if (waveforms.stride || times.length !== spikes) return unit;
  const kept = Array.from(times, (_, i) => i).filter((i) => times[i] >= start && (openEnd || times[i] < end));
  const data = waveforms.data.slice(0, channels * samples * kept.length) as NumericArray;
  for (let row = 0; row < channels * samples; row++) {
    for (let i = 0; i < kept.length; i++) data[row * kept.length + i] = waveforms.data[row * spikes + kept[i]];
  }
  return {
    ...unit,
    waveforms: { data, shape: [channels, samples, kept.length] },
    traces_meta: { ...meta, spike_times_ms: Float64Array.from(kept, (i) => times[i] - shift) },
  };
}

/**
 * Attributes of units whose spikes were joined, `b` behind `a`: those of one side, but those for each spike joined. Left out are those that
 * only one side has, those in another unit, positions, and waveforms.
 */
export function joinAttributes(a: AttributedTrains, b: AttributedTrains, drop: boolean): NeuronAttributes[] | null {
  const base = eitherAttributes(a.neuronAttributes, b.neuronAttributes, drop);
  if (!base) return null;
  const [mine, others] = [a, b].map((side) => perSpikeNames(side.neuronAttributes, countsOf(side)));
  const names = [...new Set([...mine, ...others])];
  const otherUnit = a.metadata.amplitude_unit !== b.metadata.amplitude_unit;
  const bothHaveSpikes = [a, b].every((side) => side.train.some(({ length }) => length > 0));
  const has = (side: AttributedTrains, name: string) =>
    fits(side.neuronAttributes, countsOf(side), name) &&
    base.every((_, u) => !side.train[u].length || isList(side.neuronAttributes?.[u][name]));
  const joined = names.filter(
    (name) =>
      has(a, name) &&
      has(b, name) &&
      !isPosition(name) &&
      !(name === 'spike_amplitudes' && otherUnit && bothHaveSpikes),
  );
  const unfit = [a, b].flatMap((side, i) => unfitNames(side.neuronAttributes, i ? others : mine));
  const waveforms = ['waveforms', 'traces_meta'].filter((name) => base.some((unit) => unit[name] !== undefined));
  const dropped = [...new Set([...names.filter((name) => !joined.includes(name)), ...unfit, ...waveforms])];
  tellDropped('append', dropped, 'they are not known, or not in one unit, of all spikes');
  return base.map((unit, u) => {
    const out = without(unit, dropped);
    for (const name of joined) {
      const parts = [a.neuronAttributes?.[u][name], b.neuronAttributes?.[u][name]].filter(isList);
      if (parts.length > 0) out[name] = parts.length === 1 ? parts[0] : chained(parts[0], parts[1]);
    }
    return out;
  });
}

/**
 * Attributes of units side by side: sizes in different units cannot stand in one column, of which the metadata says the unit once.
 */
export function stackAttributes(mine: AttributedTrains, others: AttributedTrains): NeuronAttributes[] | null {
  const attributes = stackedAttributes(mine.neuronAttributes, mine.N, others.neuronAttributes, others.N);
  const [unit, other] = [mine, others].map(({ metadata }) => metadata.amplitude_unit);
  if (!attributes || unit === other || unit === undefined || other === undefined) return attributes;
  const sizes = ['spike_amplitudes', 'noise_level', 'threshold'];
  const dropped = sizes.filter((name) => attributes.some((each) => each[name] !== undefined));
  tellDropped('concatenateSpikeData', dropped, `they are in '${unit}' here and in '${other}' there`);
  return attributes.map((each) => without(each, dropped));
}

/** Attributes in the order that the spikes of each unit were sorted into, from the one in which they were given. */
export function besideSorted(options: SpikeDataOptions, given: unknown): SpikeDataOptions {
  const { neuronAttributes: attributes } = options;
  if (!Array.isArray(attributes) || !Array.isArray(given) || attributes.length !== given.length) return options;
  const unsorted = attributes.flatMap((_, u) => (isSorted(given[u]) ? [] : [u]));
  const names = unsorted.length
    ? perSpikeNames(
        attributes,
        given.map(({ length }) => length),
      )
    : [];
  if (names.length === 0) return options;
  const neuronAttributes = attributes.slice();
  for (const u of unsorted) {
    const times = Array.from(given[u] as ArrayLike<number>, Number);
    const order = Uint32Array.from(times.keys()).sort((a, b) => times[a] - times[b] || a - b);
    const unit = { ...attributes[u] };
    for (const name of names) if (isList(unit[name])) unit[name] = reordered(unit[name] as List, order);
    neuronAttributes[u] = unit;
  }
  return { ...options, neuronAttributes };
}

function isSorted(times: ArrayLike<number | bigint>): boolean {
  for (let i = 1; i < times.length; i++) if (times[i] < times[i - 1]) return false;
  return true;
}

function without(unit: NeuronAttributes, names: readonly string[]): NeuronAttributes {
  return Object.fromEntries(Object.entries(unit).filter(([name]) => !names.includes(name)));
}

function tellDropped(where: string, names: readonly string[], why: string): void {
  if (names.length === 0) return;
  const message = `${where}: the attributes ${names.join(', ')} are left out: ${why}`;
  warn({ code: 'spike-attributes-dropped', severity: 'warning', message, count: names.length });
}
