/** Klusta's .kwik: times and clusters of each group of channels, with what was decided of the clusters. Source: the Kwik format's notes. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { boolean, positive } from '../../core/checks.js';
import { FormatError, NotFoundError, OptionError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { inSlices, manyElements } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { memberPath } from '../../io/members.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, placeOf, rowsOf, spikeDataOfUnits } from '../../loading/found-units.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';

export interface KlustaOptions extends LoadOptions {
  /** Samples per second, where the file does not say it or says it wrongly. */
  fsHz?: number;
  /** Clusters of these labels are loaded: noise, mua, good, unsorted. Default: all but noise. */
  keepLabels?: readonly string[];
  /** Also load noise. Default false. */
  keepNoise?: boolean;
}

export const klustaOptionNames: OptionNames<Omit<KlustaOptions, keyof LoadOptions>> = {
  fsHz: true,
  keepLabels: true,
  keepNoise: true,
};

const loader = { name: 'loadSpikeDataFromKlusta', format: 'klusta' };
/** What cluster_group means. */
const usualLabels: Readonly<Record<number, string>> = { 0: 'noise', 1: 'mua', 2: 'good', 3: 'unsorted' };

/**
 * Loads the clusters of a .kwik file, or of the only one of a folder. A unit is a cluster of a channel group, in the order of both.
 * Where there are several recordings, times count from the start of the first.
 *
 * @throws OptionError, NotFoundError, FormatError, LimitError
 */
export async function loadSpikeDataFromKlusta(source: Source, options: KlustaOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...klustaOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: KlustaOptions, context: SourceContext): Promise<SpikeData> {
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  const keep = keptLabels(options);
  const place = await placeOf(source, context);
  const path = place.isFolder ? await onlyKwik(place.path, context) : place.path;
  const { limits, signal, report } = context;
  const file = await openHdf5(path, { limits, signal, report });
  context.onEnd(() => file.close());
  const recordings = await recordingsIn(file);
  const fsHz = options.fsHz ?? rateOf(recordings, path);
  const times: Float64Array[] = [];
  const units: Int32Array[] = [];
  const rowOf: number[] = [];
  const attributes: NeuronAttributes[] = [];
  const dropped = new Map<string, number>();
  for (const group of await groupsIn(file)) {
    const { samples, clusters } = await readSpikes(file, group, recordings, context);
    const { labels, index } = await labelsOf(clusters, path, context);
    const described = await labelled(file, group, labels);
    const shift = rowOf.length;
    const rows = rowsOf(described, ({ label }) => keep(label), attributes.length);
    rowOf.push(...rows.rowOf);
    for (const each of described) if (!keep(each.label)) dropped.set(each.label, (dropped.get(each.label) ?? 0) + 1);
    const channels = await channelsOf(file, group);
    for (const { cluster, label } of rows.kept) {
      attributes.push({ unit_id: `${group}-${cluster}`, group: Number(group), cluster, label, ...channels });
    }
    times.push(samples);
    units.push(shift ? index.map((label) => label + shift) : index);
  }
  for (const [label, count] of dropped) report.dropUnits(label, count);
  if (dropped.size) {
    const list = [...dropped].map(([label, count]) => `${count} ${label}`).join(', ');
    report.info('clusters-dropped', `Clusters of ${path} were left out by their labels: ${list}`);
  }
  const total = times.reduce((sum, part) => sum + part.length, 0);
  return spikeDataOfUnits(
    source,
    { path, times: 'time_samples', units: 'clusters' },
    {
      times: joined(times, new Float64Array(total)),
      units: joined(units, new Int32Array(total)),
      ...{ rowOf: Int32Array.from(rowOf), attributes, scale: { multiply: 1000, divide: fsHz } },
      metadata: { source_format: 'Klusta', fs_Hz: fsHz },
    },
    context,
  );
}

function joined<T extends Float64Array | Int32Array>(parts: readonly T[], out: T): T {
  let at = 0;
  for (const part of parts) {
    out.set(part as never, at);
    at += part.length;
  }
  return out;
}

function keptLabels({ keepLabels, keepNoise }: KlustaOptions): (label: string) => boolean {
  const noise = keepNoise !== undefined && boolean(keepNoise, 'keepNoise');
  if (keepLabels === undefined) return (label) => noise || label !== 'noise';
  if (!Array.isArray(keepLabels) || keepLabels.some((label) => typeof label !== 'string')) {
    throw new OptionError('keepLabels', 'an array of labels', keepLabels);
  }
  const kept = new Set(keepLabels.map((label) => label.trim().toLowerCase()));
  return (label) => kept.has(label) || (noise && label === 'noise');
}

async function onlyKwik(folder: string, context: SourceContext): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.kwik$/i.test(name)).sort();
  if (names.length === 1) return memberPath(folder, join(folder, names[0]), context);
  if (!names.length) throw new NotFoundError(`A file .kwik was expected in ${folder}`, { path: folder });
  throw new OptionError('source', 'one .kwik file', folder, `There are ${names.slice(0, 20).join(', ')}`);
}

const single = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as ArrayLike<unknown>)[0] : value;
const digits = /^\d{1,9}$/;

interface KwikRecording {
  fsHz: number;
  start: number;
}

/** By their numbers. */
async function recordingsIn(file: Hdf5File): Promise<Map<number, KwikRecording>> {
  const found = new Map<number, KwikRecording>();
  const entries = (await file.has('/recordings')) ? await file.list('/recordings') : [];
  for (const { name } of entries.filter((entry) => digits.test(entry.name))) {
    const { sample_rate, start_sample } = await file.attributes(`/recordings/${name}`);
    found.set(Number(name), { fsHz: Number(single(sample_rate)), start: Number(single(start_sample) ?? 0) });
  }
  return found;
}

function rateOf(recordings: ReadonlyMap<number, KwikRecording>, path: string): number {
  const rates = [...new Set([...recordings.values()].map(({ fsHz }) => fsHz))];
  const [rate] = rates;
  if (rates.length === 1 && rate > 0 && Number.isFinite(rate)) return rate;
  const found = rates.length ? rates.join(', ') : 'no recordings';
  throw new FormatError(`${path} must say one sample_rate in its recordings, found ${found}; give fsHz to read on`, {
    path,
    location: '/recordings',
  });
}

/** Groups of channels with spikes, as numbers count. @throws FormatError where there is none */
async function groupsIn(file: Hdf5File): Promise<string[]> {
  const entries = (await file.has('/channel_groups')) ? await file.list('/channel_groups') : [];
  const found: string[] = [];
  for (const { name } of entries.filter((entry) => digits.test(entry.name))) {
    if (await file.has(`/channel_groups/${name}/spikes/time_samples`)) found.push(name);
  }
  if (found.length) return inNaturalOrder(found);
  const message = `${file.path} must have spikes in /channel_groups/0/spikes/time_samples, found none`;
  throw new FormatError(message, { path: file.path, location: '/channel_groups' });
}

async function readSpikes(
  file: Hdf5File,
  group: string,
  recordings: ReadonlyMap<number, KwikRecording>,
  context: SourceContext,
) {
  const spikes = `/channel_groups/${group}/spikes`;
  const curated = await file.has(`${spikes}/clusters/main`);
  if (!curated) {
    const message = `${spikes}/clusters/main is not in ${file.path}: the clusters before curation (original) are read`;
    context.report.warning('not-curated', message);
  }
  const { data: samples } = await file.read(`${spikes}/time_samples`, { as: 'float64' });
  const { data: clusters } = await file.read(`${spikes}/clusters/${curated ? 'main' : 'original'}`, { as: 'float64' });
  const several = recordings.size > 1 && (await file.has(`${spikes}/recording`));
  const of = several ? (await file.read(`${spikes}/recording`, { as: 'float64' })).data : undefined;
  if (clusters.length !== samples.length || (of && of.length !== samples.length)) {
    const message = `${spikes} of ${file.path} must have a cluster (and recording) for each of ${samples.length} spikes, found ${clusters.length}${of ? ` (and ${of.length})` : ''}`;
    throw new FormatError(message, { path: file.path, location: spikes });
  }
  if (of) {
    const shift = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        const start = recordings.get(of[i])?.start;
        if (start === undefined || !Number.isFinite(start)) {
          const message = `${spikes}/recording of ${file.path} must name recordings that are there, found ${of[i]}`;
          throw new FormatError(message, { path: file.path, location: `${spikes}/recording` });
        }
        samples[i] += start;
      }
    };
    await inSlices(samples.length, manyElements, shift, context.signal);
  }
  return { samples, clusters };
}

/** The label of each cluster; one without an entry was not sorted. */
async function labelled(file: Hdf5File, group: string, clusters: readonly number[]) {
  const base = `/channel_groups/${group}`;
  const names = new Map<number, string>();
  const kinds = `${base}/cluster_groups/main`;
  for (const { name } of (await file.has(kinds)) ? await file.list(kinds) : []) {
    const said = single((await file.attributes(`${kinds}/${name}`)).name);
    if (digits.test(name) && typeof said === 'string') names.set(Number(name), said.trim().toLowerCase());
  }
  const entries = `${base}/clusters/main`;
  const known = new Set((await file.has(entries)) ? (await file.list(entries)).map(({ name }) => name) : []);
  const out: { cluster: number; label: string }[] = [];
  for (const cluster of clusters) {
    const number = known.has(String(cluster))
      ? Number(single((await file.attributes(`${entries}/${cluster}`)).cluster_group) ?? 3)
      : 3;
    out.push({ cluster, label: usualLabels[number] ?? names.get(number) ?? String(number) });
  }
  return out;
}

async function channelsOf(file: Hdf5File, group: string): Promise<{ channels?: number[] }> {
  const order = (await file.attributes(`/channel_groups/${group}`)).channel_order;
  return ArrayBuffer.isView(order)
    ? { channels: Array.from(order as unknown as ArrayLike<number | bigint>, Number) }
    : {};
}
