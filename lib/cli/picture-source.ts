/** What a picture is made of: spikes that a sorter found, or a recording and the spikes detected in it. */
import type { Command } from 'commander';
import { isToBeDetected } from '../api/format-choice.js';
import { measureRecording } from '../api/measured-recording.js';
import { attributeAmplitudes, type PagedSpikes } from '../api/view-page.js';
import { kilosortAmplitudes } from '../formats/kilosort/spike-amplitudes.js';
import { openRecording, type Recording } from '../index.js';
import { keyValue } from './key-values.js';
import { watched } from './loading.js';
import { addReadingOptions, readingOptions } from './reading-options.js';
import { addRecordingOptions, type RecordingFlags } from './recording-options.js';
import { loadSource, requireSource, type SourceFlags } from './source-options.js';
import {
  addThresholdOptions,
  describeSettings,
  detectionSettings,
  type ThresholdFlags,
  timeAndWork,
} from './threshold-options.js';

export interface PictureSourceFlags extends RecordingFlags, ThresholdFlags, SourceFlags {}

export interface PictureSource extends PagedSpikes {
  /** Open until `close`. */
  readonly recording?: Recording;
  close(): Promise<void>;
}

export function addPictureSourceOptions(command: Command): Command {
  command
    .optionsGroup('Sorted spikes:')
    .option('--from <format>', 'what the source is, as spikelab info has it (default: by its content)')
    .option('--load <key=value>', "an option of the format's loader; may be repeated", keyValue);
  return addReadingOptions(addThresholdOptions(addRecordingOptions(command)));
}

/** @param needsTraces where sorted spikes would not do */
export async function openPictureSource(
  source: string,
  flags: PictureSourceFlags,
  needsTraces: boolean,
  signal: AbortSignal,
): Promise<PictureSource> {
  requireSource(source);
  const { from, load, dataset, format, channels, dtype, layout, thresholdSigma = flags.sigma } = flags;
  const given = { from, load, dataset, format, channels, dtype, layout, thresholdSigma };
  const isRecording = needsTraces || (await isToBeDetected(source, given, { ...readingOptions(flags), signal }));
  return isRecording ? fromRecording(source, flags, signal) : fromSorting(source, flags, signal);
}

async function fromSorting(source: string, flags: PictureSourceFlags, signal: AbortSignal): Promise<PictureSource> {
  const { sd, format, path } = await loadSource(source, flags, signal);
  const storedAmplitudes = async () => {
    const inFolder = format.name === 'kilosort' ? await kilosortAmplitudes(path, sd, { signal }) : undefined;
    return inFolder ?? sd.train.map((_, row) => attributeAmplitudes(sd, row));
  };
  return { sd, rowName: 'Unit', origin: format.name, storedAmplitudes, close: async () => {} };
}

async function fromRecording(source: string, flags: PictureSourceFlags, signal: AbortSignal): Promise<PictureSource> {
  const settings = detectionSettings(flags);
  const { dataset, fs: fsHz, format, channels, dtype, layout } = flags;
  const { recording, measured } = await watched(signal, async (watching) => {
    const opening = { dataset, fsHz, format, channels, dtype, layout, ...readingOptions(flags), ...watching };
    const opened = await openRecording(source, opening);
    const detecting = { ...settings, ...timeAndWork(flags), fsHz, ...watching };
    try {
      return { recording: opened, measured: await measureRecording(opened, detecting, source) };
    } catch (error) {
      await opened.close();
      throw error;
    }
  });
  return {
    ...{ sd: measured.sd, rowName: 'Channel', origin: describeSettings(settings), measured, recording },
    storedAmplitudes: async () => measured.sd.train.map(() => undefined),
    close: () => recording.close(),
  };
}
