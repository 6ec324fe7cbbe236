/** Recordings that SpikeInterface saved: a folder with binary.json, or a Zarr folder. */

import { join } from 'node:path';
import { NpyFile, readNpy } from '../../containers/npy/file.js';
import { type JsonObject, readJsonObject } from '../../containers/text/json.js';
import { isZarrFolder, ZarrFolder } from '../../containers/zarr/folder.js';
import type { NdArray } from '../../core/arrays.js';
import { FormatError, NotFoundError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { plainName } from '../../io/folder.js';
import { isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { checkChannelCount } from '../../recordings/channel-count.js';
import { sampleType } from '../../recordings/flat-file.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseRate, locations } from '../../recordings/trace-recording.js';
import { checkTimes, chooseSegment, idsOf, numbersOf, segmentStart } from './channel-fields.js';
import { contactPositions } from './sorting/probe.js';
import { openZarrRecording } from './zarr-recording.js';

export const spikeinterface: RecordingFormat = {
  marks: 'a folder with binary.json, or a Zarr folder with traces_seg0',
  async recognises({ path, isFolder, remoteZarr }, { limits, followLinks }) {
    if (!isFolder) return false;
    if (remoteZarr) return remoteZarr.has('traces_seg0');
    if (await isFile(join(path, 'binary.json'))) return true;
    return (await isZarrFolder(path)) && (await ZarrFolder.open(path, { limits, followLinks })).has('traces_seg0');
  },
  async open(place, context) {
    const { path } = place;
    if (place.remoteZarr) return openZarrRecording(place, context);
    if (await isFile(join(path, 'binary.json'))) return openBinaryFolder(path, context);
    if (await isZarrFolder(path)) return openZarrRecording(place, context);
    throw new NotFoundError(`A folder with binary.json, or a Zarr folder, was expected at ${path}`, { path });
  },
};

async function openBinaryFolder(folder: string, context: RecordContext) {
  const description = await memberPath(folder, join(folder, 'binary.json'), context);
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
  const files = fields.file_paths ?? fields.files_path;
  if (!Array.isArray(files) || !files.length || !files.every((file) => typeof file === 'string')) {
    throw wrong('file_paths, a list of names of files');
  }
  const segment = chooseSegment(files.length, folder, context);
  const path = await memberPath(folder, segmentFile(folder, files[segment]), context);
  const type = sampleType(fields.dtype, `dtype of ${description}`);
  await checkChannelCount(channels, type.size, { says: 'num_channels', sidecar: description, path });
  const layout = Number(fields.time_axis ?? 0) === 1 ? 'channels-time' : 'time-channels';
  const columns = Array.from({ length: channels }, (_, c) => c);
  const known = {
    flat: { path, type, width: channels, columns, byteOffset, layout } as const,
    fsHz: chooseRate(fsHz, description, context),
    channelIds: idsOf(fields.channel_ids, channels),
    gainsToUv: oneEach(fields, 'gain_to_uV', channels, description, context),
    offsetsToUv: oneEach(fields, 'offset_to_uV', channels, description, context),
    channelLocations: await readOptional(
      context.report,
      `The places of ${folder}`,
      () => folderLocations(folder, channels, context),
      null,
    ),
    segments: files.length,
  };
  const start = Array.isArray(fields.t_starts) ? fields.t_starts[segment] : undefined;
  const times = await memberPath(folder, join(folder, `times_cached_seg${segment}.npy`), context);
  return openFlatRecording('spikeinterface', path, known, context, async (samples) => ({
    startMs: (await isFile(times))
      ? await readOptional(
          context.report,
          times,
          async () => checkTimes(await endsOf(times), samples, known.fsHz, times, context),
          0,
        )
      : segmentStart(start, `t_starts of ${description}`, context),
  }));
}

/** A segment's file, which must lie in the folder itself. */
function segmentFile(folder: string, name: string): string {
  // older versions wrote whole paths of the machine that saved them
  const base = name.split(/[/\\]/).at(-1) ?? '';
  return join(folder, plainName(base, `file_paths of ${folder}`));
}

async function endsOf(path: string): Promise<{ first: number; last: number; count: number }> {
  const file = await NpyFile.open(path);
  try {
    const { count } = file.header;
    if (!count) return { first: Number.NaN, last: Number.NaN, count };
    const [first] = await file.readElements(0, 1);
    const [last] = await file.readElements(count - 1, count);
    return { first: Number(first), last: Number(last), count };
  } finally {
    await file.close();
  }
}

/** numbersOf a field, with a finding where it is there and does not fit. */
function oneEach(
  fields: JsonObject,
  name: string,
  channels: number,
  path: string,
  { report }: RecordContext,
): Float64Array | null {
  const found = numbersOf(fields[name], channels);
  if (!found && fields[name] !== undefined && fields[name] !== null) {
    report.warning(
      'gain-unknown',
      `${name} of ${path} is not one number for each of ${channels} channels: it is left out`,
    );
  }
  return found;
}

/** properties/location.npy is in channel order; a probe file (up to 0.104, or alone from 0.105) says its wiring itself. */
async function folderLocations(
  folder: string,
  channels: number,
  context: RecordContext,
): Promise<NdArray<Float64Array> | null> {
  const property = await memberPath(folder, join(folder, 'properties', 'location.npy'), context);
  if (await isFile(property)) {
    const header = await headerOf(property);
    if (header.type.kind === 'number' && header.shape.length === 2 && header.shape[0] === channels) {
      const { data, shape } = await readNpy(property);
      return { data: Float64Array.from(data as Float64Array, Number), shape };
    }
  }
  for (const name of ['probegroup.json', 'probe.json']) {
    const probe = await memberPath(folder, join(folder, name), context);
    const described = (await isFile(probe)) && (await readJsonObject(probe, context.limits));
    const positions = described ? contactPositions(described, channels) : null;
    if (positions) return locations(positions);
  }
  return null;
}

async function headerOf(path: string) {
  const file = await NpyFile.open(path);
  await file.close();
  return file.header;
}
