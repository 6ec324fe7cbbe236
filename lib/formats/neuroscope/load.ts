/** Klusters' spikes: name.res.N holds samples, name.clu.N a cluster for each, N counts the groups of channels (shanks). */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { wholeNumbers } from '../../containers/text/whole-numbers.js';
import { boolean, positive } from '../../core/checks.js';
import { FormatError, NotFoundError, OptionError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, placeOf, rowsOf, spikeDataOfUnits } from '../../loading/found-units.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { findXml, readSession, type Session, stemAt } from './xml.js';

export interface NeuroscopeOptions extends LoadOptions {
  /** Samples per second, where no .xml says it or says it wrongly. */
  fsHz?: number;
  /** Also load cluster 0, which holds noise and artefacts. Default false. */
  keepNoise?: boolean;
}

export const neuroscopeOptionNames: OptionNames<Omit<NeuroscopeOptions, keyof LoadOptions>> = {
  fsHz: true,
  keepNoise: true,
};

const loader = { name: 'loadSpikeDataFromNeuroscope', format: 'neuroscope' };

/**
 * Loads the clusters of a NeuroScope session: a folder, its .xml, or one shank's .clu.N or .res.N. A unit is a cluster of a shank,
 * in order of shank and cluster. Cluster 1 holds what could not be sorted, and is a unit here; cluster 0 is noise.
 *
 * @throws OptionError where no rate is known, NotFoundError, FormatError where a .clu and its .res differ in length, LimitError
 */
export async function loadSpikeDataFromNeuroscope(source: Source, options: NeuroscopeOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...neuroscopeOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

interface Shank {
  number: number;
  stem: string;
}

async function load(source: Source, options: NeuroscopeOptions, context: SourceContext): Promise<SpikeData> {
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  const keepNoise = options.keepNoise !== undefined && boolean(options.keepNoise, 'keepNoise');
  const place = await placeOf(source, context);
  const { folder, stem } = place.isFolder ? { folder: place.path, stem: undefined } : stemAt(place.path);
  const shanks = await shanksIn(folder, place);
  const xml = await findXml(folder, stem ?? shanks[0].stem, context);
  const session = xml === null ? null : await readSession(xml, context);
  const fsHz = rateOf(session, options.fsHz, folder, context);
  const times: Float64Array[] = [];
  const units: Int32Array[] = [];
  const rowOf: number[] = [];
  const attributes: NeuronAttributes[] = [];
  let noise = 0;
  for (const shank of shanks) {
    const { samples, clusters } = await readShank(folder, shank, context);
    const { labels, index } = await labelsOf(clusters, folder, context);
    const shift = rowOf.length;
    const rows = rowsOf(labels, (cluster) => cluster !== 0 || keepNoise, attributes.length);
    rowOf.push(...rows.rowOf);
    for (const cluster of rows.kept) attributes.push(attributesOf(shank.number, cluster, session));
    if (rows.kept.length < labels.length)
      noise += index.reduce((sum, label) => sum + (rows.rowOf[label] < 0 ? 1 : 0), 0);
    times.push(samples);
    units.push(shift ? index.map((label) => label + shift) : index);
  }
  if (noise) {
    const message = `${noise} spikes of cluster 0 (noise) were left out of ${folder}; keepNoise loads them`;
    context.report.info('noise-left-out', message, noise);
  }
  return spikeDataOfUnits(
    source,
    { path: folder, times: 'the .res files', units: 'the .clu files' },
    {
      times: joined(times, new Float64Array(times.reduce((sum, part) => sum + part.length, 0))),
      units: joined(units, new Int32Array(units.reduce((sum, part) => sum + part.length, 0))),
      attributes,
      rowOf: Int32Array.from(rowOf),
      scale: { multiply: 1000, divide: fsHz },
      metadata: { source_format: 'NeuroScope', fs_Hz: fsHz },
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

/** Exactly name.clu.N: copies such as .clu.1.bak are none. @throws NotFoundError, OptionError for several sessions */
async function shanksIn(folder: string, place: { path: string; isFolder: boolean }): Promise<Shank[]> {
  const named = /^(.*)\.(?:clu|res)\.(\d+)$/.exec(basename(place.path));
  if (!place.isFolder && named) return [{ stem: named[1], number: Number(named[2]) }];
  const names = await readdir(folder);
  const found = names.flatMap((name): Shank[] => {
    const match = /^(.*)\.clu\.(\d{1,9})$/.exec(name);
    return match ? [{ stem: match[1], number: Number(match[2]) }] : [];
  });
  const stems = [...new Set(found.map(({ stem }) => stem))];
  if (!stems.length) {
    throw new NotFoundError(`name.clu.1 and name.res.1 were expected in ${folder}`, {
      path: folder,
      available: names.slice(0, 20),
    });
  }
  const own = place.isFolder ? undefined : stems.find((stem) => stem === stemAt(place.path).stem);
  if (stems.length > 1 && !own) {
    const list = stems.slice(0, 20).join(', ');
    throw new OptionError('source', 'the folder of one session, or its .xml', folder, `There are ${list}`);
  }
  return found.filter(({ stem }) => stem === (own ?? stems[0])).sort((a, b) => a.number - b.number);
}

async function readShank(folder: string, { stem, number }: Shank, context: SourceContext) {
  const numbers = async (kind: 'res' | 'clu') => {
    const path = await memberPath(folder, join(folder, `${stem}.${kind}.${number}`), context);
    const { signal, limits, report } = context;
    return withPartFile(path, async (file) => {
      report.bytesRead += file.size;
      return { path, values: await wholeNumbers(file, { maxSpikes: limits.maxSpikes, signal }) };
    });
  };
  const { values: samples, path } = await numbers('res');
  const { values: labels, path: labelled } = await numbers('clu');
  // the first line counts the clusters, and often those that are not there
  const clusters = labels.subarray(1);
  if (!labels.length)
    throw new FormatError(`${labelled} must begin with the number of clusters, found an empty file`, {
      path: labelled,
    });
  if (clusters.length !== samples.length) {
    const message = `${labelled} must have a cluster for each of the ${samples.length} times of ${path}, found ${clusters.length}`;
    throw new FormatError(message, { path: labelled });
  }
  return { samples, clusters };
}

function attributesOf(shank: number, cluster: number, session: Session | null): NeuronAttributes {
  const channels = session?.groups[shank - 1];
  const label = cluster === 0 ? { label: 'noise' } : cluster === 1 ? { label: 'mua' } : {};
  return { unit_id: `${shank}-${cluster}`, shank, cluster, ...label, ...(channels?.length ? { channels } : {}) };
}

function rateOf(
  session: Session | null,
  given: number | undefined,
  folder: string,
  { report }: Pick<SourceContext, 'report'>,
): number {
  if (!session && given === undefined) {
    throw new OptionError('fsHz', 'given', given, `${folder} has no .xml of NeuroScope, which would say it`);
  }
  if (session && given !== undefined && Math.abs(session.fsHz - given) > 1e-6 * given) {
    const message = `fsHz is ${given}, but ${session.xml} says ${session.fsHz}: the given one is taken`;
    report.warning('sample-rate-differs', message);
  }
  return given ?? (session as Session).fsHz;
}
