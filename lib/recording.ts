/** Raw recordings of any length: metadata at once, samples in pieces, so that memory stays bounded. */
import { stat } from 'node:fs/promises';
import type { NdArray } from './arrays.js';
import { FormatError, NotFoundError, OptionError } from './errors.js';
import { type LoadOptions, oneOf, positive, resolveLimits, type Source } from './options.js';
import type { RecordContext } from './record/format.js';
import { chooseFormat, formatNames, type RecordingFormatName } from './record/formats.js';
import { localFolder } from './remote/folder.js';
import { isS3Url } from './remote/s3-url.js';
import { localFile, localPath, openBytes } from './remote/source.js';
import { checkOnWarning, ReportBuilder } from './report.js';

/** Samples on disk, read in pieces: memory stays bounded whatever the length. */
export interface Recording extends AsyncDisposable {
  readonly format: string;
  /** Of the signal; synchronisation words and digital lines do not count. */
  readonly channels: number;
  readonly samples: number;
  readonly fsHz: number;
  /** Type of the stored samples, which `read` gives as they are: int16, float32 … */
  readonly dtype: string;
  /** (channels, 2 or 3) in micrometres, where the file says. */
  readonly channelLocations: NdArray<Float64Array> | null;
  /** Names or numbers of the channels, where the file says. */
  readonly channelIds: readonly (string | number)[] | null;
  /** µV = stored × gain + offset, one a channel, where the file says. */
  readonly gainsToUv: Float64Array | null;
  readonly offsetsToUv: Float64Array | null;
  /** (channels, end - start), C order, in the stored type. */
  read(
    range: { start: number; end: number; channels?: readonly number[] },
    options?: { signal?: AbortSignal },
  ): Promise<NdArray>;
  close(): Promise<void>;
}

export interface OpenRecordingOptions extends LoadOptions {
  /** Default: recognised from the files. */
  format?: RecordingFormatName;
  /** HDF5: the dataset's path. NWB: the ElectricalSeries' path. Open Ephys, SpikeGLX: the stream's name. */
  dataset?: string;
  /** Samples per second, where the file does not say or says it wrongly. */
  fsHz?: number;
  /** Of flat binary files. */
  channels?: number;
  /** Of flat binary files: int16 (the default), uint16, float32 … or as numpy writes it ('<i2'). */
  dtype?: string;
  /** How flat binary files and HDF5 datasets lie. Default of binary files: 'time-channels'. */
  layout?: 'time-channels' | 'channels-time';
  /** Bytes before the first sample of flat binary files. */
  byteOffset?: number;
  /** Of SpikeInterface recordings with several. Default 0. */
  segmentIndex?: number;
  /** Steps between timestamps that differ from one sample by more than this are gaps, which are an error. Default: half a sample. */
  gapToleranceMs?: number;
}

/**
 * Opens a recording: HDF5 dataset, NWB ElectricalSeries, flat binary, .npy, SpikeInterface (binary folder, Zarr), SpikeGLX, Open
 * Ephys binary, MaxWell .raw.h5 or MCS HDF5. Close it, or use `await using`.
 *
 * @param source a file or folder; remote files are fetched and removed again when the recording is closed
 * @throws OptionError, NotFoundError, FormatError (says what was looked for; gaps in timestamps), UnsupportedError
 */
export async function openRecording(source: Source, options: OpenRecordingOptions = {}): Promise<Recording> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  const cleanUps: (() => Promise<void> | void)[] = [];
  const context: RecordContext = {
    report: new ReportBuilder('recording', source, checkOnWarning(options.onWarning)),
    limits: resolveLimits(options.limits),
    options,
    signal: options.signal,
    onProgress: options.onProgress,
    localFile: (from, option = 'source') => localFile(from, option, context),
    localFolder: (from, option = 'source') => localFolder(from, option, context),
    openBytes: (from, option = 'source') => openBytes(from, option, context),
    onEnd: (cleanUp) => cleanUps.push(cleanUp),
    close: async () => {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    },
  };
  try {
    const path = isS3Url(source) ? await context.localFile(source) : localPath(source, 'source');
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      throw new NotFoundError(`source: nothing can be read at ${path} (${cause.code})`, { path }, { cause });
    });
    if (!found.isFile() && !found.isDirectory()) {
      throw new FormatError(`source must be a file or a folder, found something else at ${path}`, { path });
    }
    const place = { path, isFolder: found.isDirectory() };
    const format = await chooseFormat(place, context);
    return await format.open(place, context);
  } catch (error) {
    await context.close();
    throw error;
  }
}

function checkOptions(options: OpenRecordingOptions): void {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  if (options.format !== undefined) oneOf(options.format, 'format', formatNames);
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  if (options.gapToleranceMs !== undefined) positive(options.gapToleranceMs, 'gapToleranceMs');
  if (options.layout !== undefined) oneOf(options.layout, 'layout', ['time-channels', 'channels-time'] as const);
  if (options.dataset !== undefined && typeof options.dataset !== 'string') {
    throw new OptionError('dataset', 'the path or name of what to open', options.dataset);
  }
}
