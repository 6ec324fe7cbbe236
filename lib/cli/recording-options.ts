/** Options that say what a recording is, and the detection in it. */
import { type Command, Option } from 'commander';
import { knowingBadChannels } from '../api/bad-channels.js';
import { peaksOf } from '../api/detect-peaks.js';
import type { LoadOptions } from '../core/options.js';
import type { DetectSpikesOptions } from '../detection/crossings.js';
import type { PeakOptions } from '../detection/peak-options.js';
import { detectOpen } from '../detection/recording.js';
import { recordingFormatNames } from '../formats/table.js';
import { detectSpikes, type OpenRecordingOptions, openRecording, type Recording } from '../index.js';
import { detectedSpikeData, type SpikeData } from '../spike-data/spike-data.js';
import { channelNoise } from './channel-noise.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';
import type { Watching } from './loading.js';
import { oneOfThese, positiveInteger, positiveNumber } from './numbers.js';
import { requireSource } from './source-options.js';
import type { ChannelNoise } from './spike-table.js';

export interface RecordingFlags {
  dataset?: string;
  fs?: number;
  fsHz?: number;
  format?: OpenRecordingOptions['format'];
  channels?: number;
  dtype?: string;
  layout?: OpenRecordingOptions['layout'];
}

const oneOfFormats = oneOfThese(...recordingFormatNames);
const more = ['byteOffset', 'segmentIndex', 'gapToleranceMs'];

export function addRecordingOptions(command: Command): Command {
  command
    .optionsGroup('Recording:')
    .option('--dataset <path>', 'which traces: of HDF5 a path, of other formats a stream or series')
    .option('--fs <hz>', 'samples per second (default: what the recording says)', positiveNumber)
    .addOption(new Option('--format <name>', 'what it is (default: by content)').argParser(oneOfFormats))
    .option('--channels <n>', 'number of channels, of flat files', positiveInteger)
    .option('--dtype <type>', 'type of a sample, of flat files (default: int16)')
    .addOption(
      new Option('--layout <order>', 'time-channels or channels-time (default: the longer side is time)').argParser(
        oneOfThese('time-channels', 'channels-time'),
      ),
    );
  return addLibraryFlags(command, ['fsHz', ...more]);
}

export interface DetectedIn {
  sd: SpikeData;
  /** Unknown of what a child process detected. */
  noise?: ChannelNoise;
  /** How much did not count. */
  blankedMs?: number;
}

/** By the recording's format, whatever the file's name ends in. */
export async function detectIn(
  source: string,
  flags: RecordingFlags,
  threshold: DetectSpikesOptions,
  reading: LoadOptions,
  watching: Watching,
): Promise<DetectedIn> {
  requireSource(source);
  const opening = { ...openingOptions(flags), ...reading };
  if (reading.isolate) return { sd: await detectSpikes(source, { ...threshold, ...watching, ...opening }) };
  return inRecording(source, { ...opening, ...watching }, async (recording) => {
    const { options, findings } = await knowingBadChannels(
      { ...threshold, ...watching, fsHz: opening.fsHz },
      recording,
    );
    const detected = await detectOpen(recording, options, source);
    for (const finding of findings) detected.report.add(finding);
    const { noise } = detected;
    const sd = detectedSpikeData(detected);
    const spikes = sd.train.map((train) => train.length);
    const gains = options.gainsToUv ?? recording.gainsToUv;
    const bad = options.badChannels === 'detect' ? [] : (options.badChannels ?? []);
    const { thresholdUv, thresholdSigma = 5 } = options;
    const of = (value: number | ArrayLike<number>, c: number) => (typeof value === 'number' ? value : value[c]);
    const levels = noise.map((value, c) =>
      thresholdUv === undefined || !gains ? of(thresholdSigma, c) * value : of(thresholdUv, c) / Math.abs(gains[c]),
    );
    return {
      sd,
      noise: await channelNoise(recording, { noise, threshold: levels, spikes, bad, gains }, watching.signal),
    };
  });
}

/** Peaks in place of crossings. */
export async function peaksIn(
  source: string,
  flags: RecordingFlags,
  peaks: PeakOptions,
  reading: LoadOptions,
  watching: Watching,
): Promise<DetectedIn> {
  requireSource(source);
  const opening = { ...openingOptions(flags), ...reading };
  return inRecording(source, { ...opening, ...watching }, async (recording) => {
    const found = await peaksOf(recording, { ...peaks, ...watching }, source);
    const sd = found.toSpikeData();
    const spikes = sd.train.map((train) => train.length);
    const { noise, threshold } = found;
    const bad = sd.metadata.bad_channels as number[];
    const gains = peaks.gainsToUv ?? recording.gainsToUv;
    const blankedMs = found.blanked.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    return {
      sd,
      blankedMs,
      noise: await channelNoise(recording, { noise, threshold, spikes, bad, gains }, watching.signal),
    };
  });
}

async function inRecording<T>(
  source: string,
  opening: OpenRecordingOptions,
  work: (recording: Recording) => Promise<T>,
): Promise<T> {
  const recording = await openRecording(source, opening);
  try {
    return await work(recording);
  } finally {
    await recording.close();
  }
}

export function openingOptions(flags: RecordingFlags): OpenRecordingOptions {
  const { dataset, fs, fsHz = fs, format, channels, dtype, layout } = flags;
  return { ...givenOptions(flags, more), dataset, fsHz, format, channels, dtype, layout };
}
