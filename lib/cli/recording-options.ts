/** Options that say what a recording is, and the detection in it. */
import { type Command, Option } from 'commander';
import {
  detectSpikes,
  loadSpikeDataFromHdf5RawThresholded,
  type OpenRecordingOptions,
  type SpikeData,
  type ThresholdOptions,
} from '../index.js';
import type { Watching } from './loading.js';
import { positiveInteger, positiveNumber } from './numbers.js';

export interface RecordingFlags {
  dataset?: string;
  fs?: number;
  format?: OpenRecordingOptions['format'];
  channels?: number;
  dtype?: string;
  layout?: OpenRecordingOptions['layout'];
}

const formats = ['hdf5', 'nwb', 'binary', 'npy', 'spikeinterface', 'spikeglx', 'openephys', 'maxwell', 'mcs'];

export function addRecordingOptions(command: Command): Command {
  return command
    .optionsGroup('Recording:')
    .option('--dataset <path>', 'HDF5: path of the traces, (channels, samples); other formats: which stream or series')
    .option('--fs <hz>', 'samples per second (default: what the recording says)', positiveNumber)
    .addOption(new Option('--format <name>', 'what the recording is (default: recognised)').choices(formats))
    .option('--channels <n>', 'flat binary files: number of channels', positiveInteger)
    .option('--dtype <type>', 'flat binary files: type of a sample (default: int16)')
    .addOption(new Option('--layout <order>', 'how samples lie').choices(['time-channels', 'channels-time']));
}

/** A named dataset of an HDF5 file is taken as it is, whatever software wrote the file; the rest goes by its format. */
export function detectIn(
  source: string,
  { dataset, fs: fsHz, format, channels, dtype, layout }: RecordingFlags,
  threshold: ThresholdOptions,
  watching: Watching,
): Promise<SpikeData> {
  const options = { ...threshold, ...watching };
  const named = dataset !== undefined && fsHz !== undefined && format === undefined && layout === undefined;
  if (named && /\.(h5|hdf5|hdf|nwb)$/i.test(source)) {
    return loadSpikeDataFromHdf5RawThresholded(source, dataset, { ...options, fsHz });
  }
  const opening: OpenRecordingOptions = { dataset, fsHz, format, channels, dtype, layout };
  return detectSpikes(source, { ...options, ...opening });
}
