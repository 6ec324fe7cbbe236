/** What SpikeInterface saved: sortings, analyzers and recordings, in folders, in Zarr and in .npz. */
import { basename } from 'node:path';
import type { JsonObject } from '../../containers/text/json.js';
import { zipNames } from '../../containers/zip/names.js';
import { stat } from '../../io/stat.js';
import { type Draft, loadLines, note, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { sampleType } from '../../recordings/flat-file.js';
import { openStoredSorting } from './sorting/open.js';

const loader = { function: 'loadSpikeDataFromSpikeInterface', format: 'spikeinterface' };
const sortingMarks = ['spikeinterface_info.json', 'numpysorting_info.json', 'sorting_cached.npz'];

export async function identifySpikeInterface(look: Look): Promise<Draft | null> {
  if (!look.isFolder) return (await isNpzSorting(look)) ? sortingAt(look) : null;
  if (look.has('binary.json')) return binaryFolder(look);
  if (look.files.some((name) => sortingMarks.includes(name))) return sortingAt(look);
  const zarr = await look.zarr();
  if (zarr) {
    if ((await zarr.has('sorting')) || (await zarr.has('unit_ids'))) return sortingAt(look);
    return (await zarr.has('traces_seg0')) ? zarrRecording(look) : null;
  }
  if (!look.has('si_folder.json') && !(look.has('sorting.json') && look.has('params.json'))) return null;
  const says = look.has('si_folder.json')
    ? (await look.json(look.join('si_folder.json'))).class
    : 'a WaveformExtractor';
  const advice = `SpikeInterface saved ${says} here, whose data are not in this folder or not read: save it again, sorting.save(folder=…) or recording.save(folder=…)`;
  return { format: 'spikeinterface', what: 'unknown', readable: false, whole: true, advice };
}

async function isNpzSorting(look: Look): Promise<boolean> {
  if (!look.start.startsWith('PK\x03\x04')) return false;
  const names = await zipNames(look.path).catch((): string[] => []);
  return names.includes('unit_ids.npy') && names.includes('sampling_frequency.npy');
}

async function sortingAt(look: Look): Promise<Draft> {
  const stored = await openStoredSorting(look.path, look.options);
  const spikes = await spikesOf(look, stored.segments);
  const parts: Part[] = Array.from({ length: stored.segments }, (_, segmentIndex) => {
    const samples = stored.channels?.samples?.[segmentIndex];
    const counted = spikes[segmentIndex];
    return {
      name: stored.segments > 1 ? `segment ${segmentIndex}` : 'sorting',
      options: stored.segments > 1 ? { segmentIndex } : {},
      units: stored.unitIds.length,
      ...(counted === undefined ? {} : { spikes: counted }),
      fsHz: stored.fsHz,
      ...span(samples, stored.fsHz),
    };
  });
  const version = await versionOf(look);
  return {
    format: 'spikeinterface',
    what: 'sorting',
    readable: parts.length > 0,
    whole: true,
    details: { container: stored.container, ...(version ? { software: `SpikeInterface ${version}` } : {}) },
    parts,
    ...loadLines(loader, look.path, parts),
  };
}

async function versionOf(look: Look): Promise<string | undefined> {
  const zarr = await look.zarr();
  const says = zarr
    ? ((await zarr.attributes()).spikeinterface_info as JsonObject | undefined)
    : look.has('spikeinterface_info.json')
      ? await look.json(look.join('spikeinterface_info.json'))
      : undefined;
  return typeof says?.version === 'string' ? says.version : undefined;
}

/** Spikes of each segment, where an array's shape tells them. */
async function spikesOf(look: Look, segments: number): Promise<number[]> {
  const zarr = await look.zarr();
  if (zarr) {
    const root = (await zarr.has('sorting')) ? 'sorting/' : '';
    const slices = await zarr.readNumbers(`${root}spikes/segment_slices`).catch(() => null);
    const ends = slices ? Array.from(slices.data, Number) : [];
    return Array.from({ length: segments }, (_, s) => ends[2 * s + 1] - ends[2 * s]).filter((n) => n >= 0);
  }
  if (segments !== 1 || !look.isFolder) return [];
  const folder =
    look.folders.includes('sorting') && !look.has('spikes.npy') ? ['sorting', 'spikes.npy'] : ['spikes.npy'];
  const header = await look.npy(look.join(...folder)).catch(() => null);
  return header ? [header.count] : [];
}

async function binaryFolder(look: Look): Promise<Draft> {
  const { kwargs, version } = await look.json(look.join('binary.json'));
  const fields = (typeof kwargs === 'object' && kwargs !== null ? kwargs : {}) as JsonObject;
  const files = (fields.file_paths ?? fields.files_path) as unknown;
  const names = Array.isArray(files) ? files.map((file) => basename(String(file).replaceAll('\\', '/'))) : [];
  const [channels, fsHz] = [Number(fields.num_channels ?? fields.num_chan), Number(fields.sampling_frequency)];
  const width = sampleType(String(fields.dtype ?? 'int16'), 'dtype').size * channels;
  const parts: Part[] = [];
  const findings = [];
  for (const [segmentIndex, name] of names.entries()) {
    const found = await stat(look.join(name)).catch(() => undefined);
    if (!found) findings.push(note('samples-missing', `${name} is not in the folder`));
    const samples = Math.floor(((found?.size ?? 0) - Number(fields.file_offset ?? fields.offset ?? 0)) / width);
    const options = names.length > 1 ? { segmentIndex } : {};
    if (found) parts.push({ name, options, channels, samples, fsHz, ...span(samples, fsHz) });
  }
  return {
    format: 'spikeinterface',
    what: 'recording',
    readable: parts.length > 0,
    whole: true,
    details: {
      container: 'binary folder',
      ...(typeof version === 'string' ? { software: `SpikeInterface ${version}` } : {}),
    },
    parts,
    findings,
    advice: parts.length ? null : `Copy ${names.join(', ') || 'the .raw files'} into the folder: they hold the samples`,
    ...recordingLines(look.path, parts),
  };
}

async function zarrRecording(look: Look): Promise<Draft> {
  const zarr = await look.zarr();
  const fsHz = Number((await zarr?.attributes())?.sampling_frequency);
  const names = ((await zarr?.children()) ?? []).filter((name) => /^traces_seg\d+$/.test(name));
  const parts: Part[] = [];
  for (const [segmentIndex] of names.entries()) {
    const [samples, channels] = (await zarr?.describe(`traces_seg${segmentIndex}`))?.shape ?? [];
    const options = names.length > 1 ? { segmentIndex } : {};
    parts.push({ name: `traces_seg${segmentIndex}`, options, channels, samples, fsHz, ...span(samples, fsHz) });
  }
  const details = { container: 'Zarr' };
  return {
    format: 'spikeinterface',
    what: 'recording',
    readable: parts.length > 0,
    whole: true,
    details,
    parts,
    ...recordingLines(look.path, parts),
  };
}
