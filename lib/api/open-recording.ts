/** Opens raw recordings: which format, and what all of them must hold to. */
import { relative } from 'node:path';
import { isHdf5Head } from '../containers/hdf5/signature.js';
import type { ZarrFolder } from '../containers/zarr/folder.js';
import { isReferences, openReferences } from '../containers/zarr/references.js';
import { findRemoteZarr } from '../containers/zarr/remote-store.js';
import { isZip, unpackZip } from '../containers/zip/folder.js';
import { oneOf, positive } from '../core/checks.js';
import { FormatError, NotFoundError, OptionError, UnsupportedError } from '../core/errors.js';
import { resolveIsolation } from '../core/isolation.js';
import { knownOptions } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import { knownFormats } from '../formats/known/known.js';
import { type RecordingFormatName, recordingFormat, recordingFormatNames, recordingFormats } from '../formats/table.js';
import { memberPath } from '../io/members.js';
import { checkLoadOptions, openContext } from '../io/open-context.js';
import { isRemote } from '../io/ranges/open.js';
import { localPath } from '../io/source.js';
import { stat } from '../io/stat.js';
import type { Identification } from '../loading/identify/identification.js';
import { Look } from '../loading/identify/look.js';
import { openRecordingNames, type Recording, type RecordingOptions } from '../recordings/recording.js';
import type { RecordContext, RecordingFormat, RecordPlace } from '../recordings/recording-format.js';
import { everythingAt } from './identify.js';

export interface OpenRecordingOptions extends RecordingOptions {
  /** Default: recognised from the files. */
  format?: RecordingFormatName;
}

/**
 * Opens a recording of any format that docs/recordings.md lists. Close it, or use `await using`.
 *
 * @param source a file or folder, or a folder with one recording in it or below; a zip of one; a JSON of references. HDF5, Zarr, flat
 * binary and .npy are read where they lie; other remote files, and zips, are fetched or unpacked until the recording is closed
 * @throws OptionError (also for a folder with several recordings, whose places it lists), NotFoundError, FormatError (says what was looked for; gaps in timestamps), UnsupportedError
 */
export async function openRecording(source: Source, options: OpenRecordingOptions = {}): Promise<Recording> {
  options = knownOptions(options, openRecordingNames, 'openRecording');
  checkLoadOptions(options);
  checkOptions(options);
  options.signal?.throwIfAborted();
  if (resolveIsolation(options.isolate)) {
    const { openIsolated } = await import('../loading/isolate/run.js');
    return openIsolated(source, options);
  }
  const context = openContext('recording', source, options);
  try {
    const zarr =
      (await zarrOfReferences(source, context)) ?? (await findRemoteZarr(source, context, { budget: 'read' }));
    if (zarr) return await openAt({ path: zarr.path, isFolder: true, remoteZarr: zarr }, context);
    const elsewhere = isZip(source) ? null : await openElsewhere(source, context);
    if (elsewhere) return elsewhere;
    const path = await pathOf(source, context);
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'ENOENT' ? 'no file or folder is' : 'nothing can be read';
      throw new NotFoundError(`source: ${what} at ${path} (${cause.code})`, { path }, { cause });
    });
    if (!found.isFile() && !found.isDirectory()) {
      throw new FormatError(`source must be a file or a folder, found something else at ${path}`, { path });
    }
    return await openAt({ path, isFolder: found.isDirectory() }, context);
  } catch (error) {
    await context.close();
    throw error;
  }
}

/** Null for a .json on disk that is something else: a part of a folder, mostly, which the search for a format then names. */
async function zarrOfReferences(source: Source, context: RecordContext): Promise<ZarrFolder | null> {
  if (!isReferences(source)) return null;
  const isNamed = isRemote(source) || /\.(lindi|nwb|zarr)\.json$/i.test(String(source));
  return openReferences(source, context, { budget: 'read' }).catch((error) => {
    if (isNamed || !(error instanceof FormatError)) throw error;
    return null;
  });
}

/** Of what is not read where it lies; a folder that was packed into a zip is unpacked until the recording is closed. */
function pathOf(source: Source, context: RecordContext): Promise<string> | string {
  if (isZip(source)) return unpackZip(source, context);
  return isRemote(source) ? context.localFile(source) : localPath(source, 'source');
}

/** A file on a server that is read there, by ranges; null for others, which are fetched. */
async function openElsewhere(source: Source, context: RecordContext): Promise<Recording | null> {
  const remote = await context.remoteFile(source);
  if (!remote) return null;
  const place: RecordPlace = { path: remote.name, isFolder: false, remote };
  if (isHdf5Head(remote.head)) return openAt(place, context);
  const row = recordingFormats.find(({ recording }) => recording.isReadRemotely?.(remote, context.options));
  if (!row) return null;
  const recording = await row.recording.open(place, context);
  checkOpened(recording, place.path, context);
  return recording;
}

async function openAt(at: RecordPlace, context: RecordContext): Promise<Recording> {
  const { format, place } = await chooseFormat(at, context);
  const recording = await format.open(place, context);
  checkOpened(recording, place.path, context);
  return recording;
}

/** @throws FormatError for a recording without a sample */
export function checkOpened(
  { channels, samples, startMs, clock, format }: Recording,
  path: string,
  { report }: RecordContext,
): void {
  if (!(channels > 0 && samples > 0)) {
    const message = `A recording of at least one channel and one sample was expected at ${path}, found ${channels} channels and ${samples} samples of ${format}`;
    throw new FormatError(message, { path });
  }
  if (startMs === 0) return;
  const session = clock === 'session';
  const spikes = session
    ? "of the session's clock, on which detected spikes are too"
    : 'since the acquisition started; detected spikes count from the first sample (give startMs as startTime for that clock)';
  report.info(
    session ? 'clock-start' : 'clock-not-used',
    `The first sample of ${path} lies at startMs = ${startMs} ms ${spikes}`,
  );
}

export function checkOptions(options: OpenRecordingOptions): void {
  if (options.format !== undefined) oneOf(options.format, 'format', recordingFormatNames);
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  if (options.gapToleranceMs !== undefined) positive(options.gapToleranceMs, 'gapToleranceMs');
  if (options.layout !== undefined) oneOf(options.layout, 'layout', ['time-channels', 'channels-time'] as const);
  if (options.dataset !== undefined && typeof options.dataset !== 'string') {
    throw new OptionError('dataset', 'the path or name of what to open', options.dataset);
  }
}

/** What means something to the work on a source that is open already. */
const notOfOpening = ['fsHz', 'signal', 'onProgress', 'onWarning', 'findings', 'limits', 'isolate'];

/**
 * Refuses the options of openRecording for a recording that is open, or traces in memory: they would be passed over in silence.
 *
 * @throws OptionError that names them, without their values: some are passwords
 */
export function refuseOpening(given: OpenRecordingOptions): void {
  const names = (Object.keys(openRecordingNames) as (keyof OpenRecordingOptions)[]).filter(
    (name) => given[name] !== undefined && given[name] !== null && !notOfOpening.includes(name),
  );
  if (!names.length) return;
  const hint = 'They say how openRecording opens: give them there, or the path of the recording here.';
  throw new OptionError(names.join(', '), 'left away for a source that is open already', names, hint);
}

interface Chosen {
  format: RecordingFormat;
  place: RecordPlace;
}

/**
 * The named format, or the first that recognises a file, or the only one that recognises a folder; a folder that is no recording
 * by itself may hold the files of one.
 */
async function chooseFormat(place: RecordPlace, context: RecordContext): Promise<Chosen> {
  const { format } = context.options;
  if (format) return { format: recordingFormat(format as RecordingFormatName), place };
  const found: RecordingFormatName[] = [];
  for (const { name, recording } of recordingFormats) {
    if (!(await recording.recognises(place, context))) continue;
    if (!place.isFolder) return { format: recording, place };
    found.push(name as RecordingFormatName);
  }
  if (found.length > 1) {
    const hint = `It holds recordings of ${found.join(' and ')}: identify lists them, and format names the one that is meant`;
    throw new OptionError('source', 'the folder of one recording', place.path, hint);
  }
  if (found.length === 1) return { format: recordingFormat(found[0]), place };
  const below = await onlyRecordingBelow(place, context);
  if (below) return below;
  await refuseKnown(place, context);
  const marks = recordingFormats.map(({ name, recording }) => `${name}: ${recording.marks}`).join('; ');
  throw new FormatError(`${noRecording(place)}; looked for ${marks}`, place);
}

const noRecording = ({ path, isFolder }: RecordPlace) =>
  `The ${isFolder ? 'folder' : 'file'} ${path} is no recording that is known`;

/** @throws OptionError for a folder with several recordings, FormatError for sorted spikes alone, and for what cannot be read */
async function onlyRecordingBelow(place: RecordPlace, context: RecordContext): Promise<Chosen | undefined> {
  if (place.remote || place.remoteZarr) return undefined;
  const everything = await everythingAt(place.path, context);
  const found = everything.filter(({ readable }) => readable);
  // identify also names the folder above that something belongs to
  const isInside = ({ details }: Identification) => !relative(place.path, String(details.path)).startsWith('..');
  const recordings: (Chosen & { name: string })[] = [];
  for (const { format, what, details } of place.isFolder ? found.filter(isInside) : []) {
    const row = recordingFormats.find(({ name }) => name === format);
    if (!row || (what !== 'recording' && what !== 'both')) continue;
    const path = await memberPath(place.path, String(details.path), context);
    const below = { path, isFolder: (await stat(path)).isDirectory() };
    if (await row.recording.recognises(below, context))
      recordings.push({ name: row.name, format: row.recording, place: below });
  }
  if (recordings.length > 1) {
    const places = recordings.map(({ name, place }) => `${place.path} (${name})`);
    const list = places.slice(0, 10).join(', ') + (places.length > 10 ? ` and ${places.length - 10} more` : '');
    throw new OptionError('source', 'the place of one recording', place.path, `There are ${list}`);
  }
  const [only] = recordings;
  if (only) return only;
  const [sorting] = found;
  if (!sorting) {
    // damaged, empty, or a pointer to a file elsewhere
    const hopeless = everything.find(({ what, findings }) => findings.length > 0 || what === 'pointer');
    if (hopeless?.advice) throw new FormatError(`${noRecording(place)}. ${hopeless.advice}`, place);
    return undefined;
  }
  const { format, details, code } = sorting;
  const relation = isInside(sorting) ? 'holds' : 'belongs to';
  throw new FormatError(`${noRecording(place)}; it ${relation} ${format} at ${details.path}: ${code[0]}`, place);
}

/** @throws UnsupportedError for a file of a format that is known and not read, with the reason */
async function refuseKnown({ path, isFolder }: RecordPlace, context: RecordContext): Promise<void> {
  if (isFolder) return;
  const { limits, signal, followLinks } = context;
  const look = await Look.at(path, { limits, signal, followLinks, bytesRead: 0 });
  for (const { title, is, advice } of knownFormats) {
    if (await is(look)) throw new UnsupportedError(title, `${path} is not read (${title}): ${advice}`);
  }
}
