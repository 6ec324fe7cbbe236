/** Recordings that SpikeInterface saved: a folder with binary.json, or a Zarr folder. */
import { join } from 'node:path';
import type { NdArray } from '../arrays.js';
import { FormatError, NotFoundError } from '../errors.js';
import { type JsonObject, readJsonObject } from '../format/json.js';
import { NpyFile, readNpy } from '../format/npy.js';
import { contactPositions } from '../format/spikeinterface/probe.js';
import { isZarrFolder, ZarrFolder } from '../format/zarr.js';
import { integer } from '../options.js';
import { plainName } from '../remote/folder.js';
import { openFlatRecording } from './binary.js';
import { sampleType } from './flat-file.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { isFile } from './sidecar.js';
import { openZarrRecording } from './spikeinterface-zarr.js';
import { chooseRate, locations } from './trace-recording.js';

export const spikeinterface: RecordingFormat = {
  marks: 'a folder with binary.json, or a Zarr folder with traces_seg0',
  async recognise({ path, isFolder }, { limits }) {
    if (!isFolder) return false;
    if (await isFile(join(path, 'binary.json'))) return true;
    return (await isZarrFolder(path)) && (await ZarrFolder.open(path, { limits })).has('traces_seg0');
  },
  async open({ path }, context) {
    if (await isFile(join(path, 'binary.json'))) return openBinaryFolder(path, context);
    if (await isZarrFolder(path)) return openZarrRecording(path, context);
    throw new NotFoundError(`A folder with binary.json, or a Zarr folder, was expected at ${path}`, { path });
  },
};

async function openBinaryFolder(folder: string, context: RecordContext) {
  const description = join(folder, 'binary.json');
  const { kwargs } = await readJsonObject(description, context.limits);
  const fields = (typeof kwargs === 'object' && kwargs !== null ? kwargs : {}) as JsonObject;
  const wrong = (what: string) => new FormatError(`${description} must say ${what}`, { path: description });
  const channels = Number(fields.num_channels ?? fields.num_chan);
  if (!Number.isSafeInteger(channels) || channels < 1) throw wrong('num_channels, a whole number from 1');
  const fsHz = Number(fields.sampling_frequency);
  if (!(fsHz > 0 && Number.isFinite(fsHz))) throw wrong('sampling_frequency, a positive number');
  if (typeof fields.dtype !== 'string') throw wrong('dtype, the type of the samples');
  const byteOffset = Number(fields.file_offset ?? fields.offset ?? 0);
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0) throw wrong('file_offset, a number of bytes');
  const path = segmentFile(folder, fields.file_paths ?? fields.files_path, context, wrong);
  const type = sampleType(fields.dtype, `dtype of ${description}`);
  const layout = Number(fields.time_axis ?? 0) === 1 ? 'channels-time' : 'time-channels';
  const columns = Array.from({ length: channels }, (_, c) => c);
  const known = {
    flat: { path, type, width: channels, columns, byteOffset, layout } as const,
    fsHz: chooseRate(fsHz, description, context),
    channelIds: idsOf(fields.channel_ids, channels),
    gainsToUv: numbersOf(fields.gain_to_uV, channels),
    offsetsToUv: numbersOf(fields.offset_to_uV, channels),
    channelLocations: await folderLocations(folder, channels, context),
  };
  return openFlatRecording('spikeinterface', path, known, context);
}

/** The chosen segment's file, which must lie in the folder itself. */
function segmentFile(folder: string, files: unknown, context: RecordContext, wrong: (what: string) => Error): string {
  if (!Array.isArray(files) || !files.length) throw wrong('file_paths, a list of files');
  const segment = chooseSegment(files.length, folder, context);
  const name = String(files[segment]);
  // older versions wrote whole paths of the machine that saved them
  const base = name.split(/[/\\]/).at(-1) ?? '';
  return join(folder, plainName(base, `file_paths of ${folder}`));
}

export function chooseSegment(segments: number, path: string, { options, report }: RecordContext): number {
  const segment = integer(options.segmentIndex ?? 0, 'segmentIndex', 0, Math.max(0, segments - 1));
  if (segments > 1 && options.segmentIndex === undefined) {
    report.warning(
      'several-segments',
      `${path} has ${segments} segments; the first is opened. Give segmentIndex for another`,
    );
  }
  return segment;
}

/** One number a channel; a single number counts for all. */
export function numbersOf(value: unknown, channels: number): Float64Array | null {
  if (typeof value === 'number') return new Float64Array(channels).fill(value);
  const list = Array.isArray(value) ? value : [];
  return list.length === channels && list.every((n) => typeof n === 'number') ? Float64Array.from(list) : null;
}

export function idsOf(value: unknown, channels: number): (string | number)[] | null {
  const list = Array.isArray(value) ? value : [];
  const fit = list.every((id): id is string | number => typeof id === 'string' || typeof id === 'number');
  return list.length === channels && fit ? list : null;
}

/** properties/location.npy is in channel order; a probe file (up to 0.104, or alone from 0.105) says its wiring itself. */
async function folderLocations(
  folder: string,
  channels: number,
  { limits }: RecordContext,
): Promise<NdArray<Float64Array> | null> {
  const property = join(folder, 'properties', 'location.npy');
  if (await isFile(property)) {
    const header = await headerOf(property);
    if (header.type.kind === 'number' && header.shape.length === 2 && header.shape[0] === channels) {
      const { data, shape } = await readNpy(property);
      return { data: Float64Array.from(data as Float64Array, Number), shape };
    }
  }
  for (const name of ['probegroup.json', 'probe.json']) {
    const probe = join(folder, name);
    const positions = (await isFile(probe)) ? contactPositions(await readJsonObject(probe, limits), channels) : null;
    if (positions) return locations(positions);
  }
  return null;
}

async function headerOf(path: string) {
  const file = await NpyFile.open(path);
  await file.close();
  return file.header;
}
