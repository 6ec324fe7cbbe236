/** KiloSort and Phy folders, folders of the same arrays under IBL's names, and the raw data that params.py names. */
import { NpyFile } from '../../containers/npy/file.js';
import type { NpyHeader } from '../../containers/npy/header.js';
import { FormatError } from '../../core/errors.js';
import { type Draft, loadLines, note, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { sampleRateIn } from './sample-rate.js';

const loader = { function: 'loadSpikeDataFromKilosort', format: 'kilosort' };
/** Clusters of so many spikes are counted; those of more are left to the load. */
const maxCounted = 60_000;
/** What Open Ephys writes beside spike_times.npy. */
const onlineFiles = ['spike_electrode_indices.npy', 'electrode_indices.npy', 'spike_waveforms.npy'];

export async function identifyKilosort(look: Look): Promise<Draft | null> {
  if (!look.isFolder) return rawDataOf(look);
  const times = look.files.find((name) => /^(spike_times|spikes\.times(\.[\w-]+)?)\.npy$/.test(name));
  if (times === undefined) return null;
  const alf = times !== 'spike_times.npy';
  const clusters = look.files.find((name) =>
    alf ? /^spikes\.clusters(\.[\w-]+)?\.npy$/.test(name) : /^spike_(clusters|templates)\.npy$/.test(name),
  );
  const header = await look.npy(look.join(times));
  const draft: Draft = { format: 'kilosort', what: 'sorting', whole: true, details: detailsOf(look, alf) };
  const refused = whyNot(look, header, clusters, alf);
  if (refused) return { ...draft, readable: false, advice: refused };
  return { ...draft, ...(await readableFolder(look, times, clusters as string, header)) };
}

function whyNot(look: Look, header: NpyHeader, clusters: string | undefined, alf: boolean): string | null {
  if (look.files.some((name) => onlineFiles.includes(name)) && !look.has('params.py') && !look.has('channel_map.npy')) {
    return 'These are the spikes that Open Ephys detected while it recorded: detectSpikes finds those of the recording';
  }
  if (clusters === undefined) return 'Copy spike_clusters.npy beside it: without it no spike belongs to a unit';
  if (!alf && header.type.letter === 'f') {
    return `spike_times.npy holds ${header.type.descr}, no samples: where these are seconds, give timeUnit: 's'`;
  }
  return null;
}

async function readableFolder(look: Look, times: string, clusters: string, header: NpyHeader): Promise<Partial<Draft>> {
  const params = await look.text(look.join('params.py'));
  const seconds = header.type.letter === 'f';
  const files =
    times === 'spike_times.npy' ? {} : { spikeTimesFile: times, spikeClustersFile: clusters, timeUnit: 's' };
  const findings = missingOf(look, times);
  const fsHz = sampleRateIn(params);
  const part: Part = { name: clusters, options: { ...(fsHz ? { fsHz } : {}), ...files }, spikes: header.count };
  Object.assign(part, fsHz ? { fsHz } : {}, await countsOf(look, times, clusters, header, seconds ? 1 : fsHz));
  const parts = [part];
  // the loader needs one; of times in seconds it only goes into the metadata
  const lines = loadLines(loader, look.path, parts, fsHz ? {} : { fsHz: 30_000 });
  const raw = await rawPart(look, params);
  if (raw) {
    const recording = recordingLines(raw.path, [raw.part]);
    return {
      what: 'both',
      readable: true,
      parts: [part, raw.part],
      code: [...lines.code, ...recording.code],
      shell: [...lines.shell, ...recording.shell],
      findings,
      advice: null,
    };
  }
  const unknown = 'No params.py says the sampling rate: 30000 in the lines is an example, put yours';
  return { readable: true, parts, findings, ...lines, advice: fsHz ? null : unknown };
}

/** Number of clusters with spikes and the time of the last spike. */
async function countsOf(look: Look, times: string, clusters: string, header: NpyHeader, fsHz: number | undefined) {
  const counts: Pick<Part, 'units' | 'durationMs'> = {};
  const file = await NpyFile.open(look.join(clusters));
  try {
    if (file.header.count !== header.count) {
      throw new FormatError(
        `${look.path} must have as many spikes in ${clusters} as in ${times}, found ${file.header.count} and ${header.count}`,
        { path: look.path },
      );
    }
    if (header.count <= maxCounted) {
      counts.units = new Set(Array.from(await file.readElements(0, header.count), Number)).size;
      look.session.bytesRead += header.count * file.header.type.size;
    }
  } finally {
    await file.close();
  }
  if (fsHz === undefined || header.count === 0) return counts;
  const ends = await NpyFile.open(look.join(times));
  const [last] = await ends.readElements(header.count - 1, header.count);
  await ends.close();
  return { ...counts, ...span(Number(last), fsHz) };
}

function detailsOf(look: Look, alf: boolean): Record<string, string> {
  if (alf) return { layout: "IBL's names (ALF)" };
  const [ks4, si] = [look.has('kept_spikes.npy') || look.has('ops.npy'), look.has('channel_map_si.npy')];
  const sorter = ks4
    ? 'Kilosort 4'
    : si || look.has('cluster_si_unit_ids.tsv')
      ? 'SpikeInterface, export_to_phy'
      : undefined;
  return { ...(sorter ? { software: sorter } : {}), ...(look.has('cluster_info.tsv') ? { curated: 'in Phy' } : {}) };
}

function missingOf(look: Look, times: string) {
  if (times !== 'spike_times.npy') return [];
  const missing = [
    ['channel_map.npy', 'the electrodes of units'],
    ['channel_positions.npy', 'their places'],
    ['templates.npy', 'their largest channels'],
    ['params.py', 'the sampling rate'],
  ].filter(([name]) => !look.has(name));
  return missing.map(([name, what]) =>
    note('file-missing', `${name} is not there: ${what} cannot be told from it`, 'info'),
  );
}

/** The value of `key = …` in params.py, a number or a text in quotes. */
function paramOf(params: string, key: string): string | undefined {
  const found = new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*\\[?[ \\t]*r?(?:'([^']*)'|"([^"]*)"|([\\w.+-]+))`, 'im').exec(
    params,
  );
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

/** The options that open the raw data which params.py describes. */
function rawOptions(params: string): Record<string, unknown> | null {
  const [channels, fsHz] = [Number(paramOf(params, 'n_channels_dat')), sampleRateIn(params)];
  if (!(Number.isSafeInteger(channels) && channels > 0) || fsHz === undefined) return null;
  const dtype = paramOf(params, 'dtype') ?? 'int16';
  const byteOffset = Number(paramOf(params, 'offset') ?? 0);
  return {
    format: 'binary',
    channels,
    fsHz,
    ...(dtype === 'int16' ? {} : { dtype }),
    ...(byteOffset ? { byteOffset } : {}),
  };
}

async function rawPart(look: Look, params: string): Promise<{ part: Part; path: string } | null> {
  const name = paramOf(params, 'dat_path')?.split(/[/\\]/).at(-1);
  const options = rawOptions(params);
  if (!name || !options || !look.has(name)) return null;
  const { channels, fsHz } = options as { channels: number; fsHz: number };
  return { path: look.join(name), part: { name, options, channels, fsHz } };
}

/** A flat file that params.py beside it describes. */
async function rawDataOf(look: Look): Promise<Draft | null> {
  if (!/\.(dat|bin|raw)$/i.test(look.name)) return null;
  const params = await look.text(look.beside('params.py'));
  const options = rawOptions(params);
  if (!options || paramOf(params, 'dat_path')?.split(/[/\\]/).at(-1) !== look.name) return null;
  const { channels, fsHz } = options as { channels: number; fsHz: number };
  const parts: Part[] = [{ name: look.name, options, channels, fsHz }];
  return { format: 'binary', what: 'recording', readable: true, parts, ...recordingLines(look.path, parts) };
}
