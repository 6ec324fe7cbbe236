/** Spikes out of SpikeInterface recordings: objects with its methods, or the path of any recording that openRecording reads. */

import type { NdArray, NumericArray, Traces } from '../core/arrays.js';
import { isNdArray, isNumericArray } from '../core/arrays.js';
import { integer, isObjectWith, positive } from '../core/checks.js';
import { LimitError, OptionError } from '../core/errors.js';
import { knownOptions, pickOptions } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import { type ThresholdOptions, thresholdOptionNames } from '../detection/threshold.js';
import type { SourceContext } from '../io/context.js';
import { runLoader } from '../loading/context.js';
import { sourceName } from '../loading/source-name.js';
import { layoutOf } from '../recordings/orientation.js';
import { openRecordingNames } from '../recordings/recording.js';
import { SpikeData } from '../spike-data/spike-data.js';
import { detectSpikes } from './detect-spikes.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { openRecording } from './open-recording.js';

/** A recording object with SpikeInterface's methods; each may answer at once or by a promise. */
export interface RecordingLike {
  getSamplingFrequency(): number;
  /** (samples, channels), as SpikeInterface returns them; the shorter side is taken for the channels. */
  getTraces(query?: { segmentIndex?: number; startFrame?: number; endFrame?: number }): Traces | Promise<Traces>;
  getNumChannels?(): number;
  getNumFrames?(segmentIndex?: number): number;
}

/** Of a source also how to open it, as in openRecording. `segmentIndex` says which segment: they have no common clock. */
export type SpikeInterfaceRecordingOptions = OpenRecordingOptions & ThresholdOptions;

const loader = { name: 'loadSpikeDataFromSpikeInterfaceRecording', format: 'spikeinterface-recording' };

/**
 * Spikes where the traces of a recording cross a threshold, one unit a channel. Traces are taken as they are: `filter` is
 * false unless given, as SpikeInterface recordings are filtered by its own preprocessing. An object's traces may be
 * (samples, channels) or (channels, samples): the shorter side is taken for the channels, and as many of both are read as
 * (samples, channels), with a warning.
 *
 * A source is read piece by piece, in about `memoryBytes` whatever its size, unless `keepRaw` asks for its traces.
 *
 * @throws OptionError, and the errors of openRecording for a source
 */
export async function loadSpikeDataFromSpikeInterfaceRecording(
  recording: RecordingLike | Source,
  options: SpikeInterfaceRecordingOptions = {},
): Promise<SpikeData> {
  options = knownOptions(options, { ...thresholdOptionNames, ...openRecordingNames }, loader.name);
  return runLoader(loader, [recording], options, async (context) => {
    const segmentIndex = integer(options.segmentIndex ?? 0, 'segmentIndex', 0);
    const { signal, onProgress } = context;
    const onWarning: ThresholdOptions['onWarning'] = (finding) => context.report.add(finding);
    const threshold = { ...options, filter: options.filter ?? false, signal, onProgress, onWarning };
    if (isRecordingLike(recording)) return fromObject(recording, segmentIndex, threshold, context);
    return fromSource(recording, threshold, context);
  });
}

function isRecordingLike(value: unknown): value is RecordingLike {
  return isObjectWith(value, 'recording', ['getSamplingFrequency', 'getTraces']);
}

async function fromObject(
  recording: RecordingLike,
  segmentIndex: number,
  threshold: ThresholdOptions,
  context: SourceContext,
): Promise<SpikeData> {
  const fsHz = threshold.fsHz ?? positive(await recording.getSamplingFrequency(), 'recording.getSamplingFrequency()');
  const found: unknown = await recording.getTraces({ segmentIndex });
  const traces = channelsFirst(asTwoDimensions(found), context);
  const sd = await SpikeData.fromThresholding(traces, {
    ...pickOptions<ThresholdOptions>(threshold, thresholdOptionNames),
    fsHz,
  });
  Object.assign(sd.metadata, { source_format: 'SpikeInterface', fs_Hz: fsHz });
  return sd;
}

/** Rows are taken as they are; of an NdArray the strides too. */
function asTwoDimensions(traces: unknown): NdArray {
  const option = 'recording.getTraces()';
  if (isNdArray(traces)) {
    if (traces.shape.length === 2) return traces;
    throw new OptionError(option, 'an array of two dimensions', `shape (${Array.from(traces.shape).join(', ')})`);
  }
  const rows = Array.isArray(traces) ? traces : [];
  if (!rows.length || !rows.every((row) => isNumericArray(row) || Array.isArray(row))) {
    throw new OptionError(option, 'an array of two dimensions', traces);
  }
  const width = (rows[0] as NumericArray).length;
  const data = new Float64Array(rows.length * width);
  rows.forEach((row: NumericArray | number[], r) => {
    if (row.length !== width) throw new OptionError(`${option}[${r}]`, `as long as the first row (${width})`, row);
    for (let i = 0; i < width; i++) {
      const value = Number(row[i]);
      if (typeof row[i] !== 'number' && typeof row[i] !== 'bigint')
        throw new OptionError(`${option}[${r}][${i}]`, 'a number', row[i]);
      data[r * width + i] = value;
    }
  });
  return { data, shape: [rows.length, width] };
}

/** (channels, samples): by strides, nothing is copied here. */
function channelsFirst(traces: NdArray, { report }: SourceContext): NdArray {
  const [rows, columns] = traces.shape;
  const [down, along] = traces.stride ?? [columns, 1];
  // squares lie as SpikeInterface returns them
  const clues = { what: 'recording.getTraces()', square: 'time-channels' } as const;
  if (layoutOf([rows, columns], clues, report) === 'channels-time') return traces;
  return { data: traces.data, shape: [columns, rows], stride: [along, down] };
}

/** Piece by piece, whatever its size. */
async function fromSource(source: Source, threshold: ThresholdOptions, context: SourceContext): Promise<SpikeData> {
  const { limits } = context;
  const recording = await openRecording(source, { ...pickOptions(threshold, openRecordingNames), limits });
  context.onEnd(() => recording.close());
  // warnings came by onWarning
  context.report.findings.push(...recording.findings.filter(({ severity }) => severity === 'info'));
  const { channels, fsHz, format } = recording;
  if (channels > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, channels, sourceName(source));
  const sd = await detectSpikes(recording, pickOptions<ThresholdOptions>(threshold, thresholdOptionNames));
  Object.assign(sd.metadata, { source_file: sourceName(source), source_format: format, fs_Hz: fsHz });
  return sd;
}
