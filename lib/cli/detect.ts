/** `spikelab detect`: spikes of a recording by threshold crossing. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { loadSpikeDataFromHdf5RawThresholded } from '../index.js';
import { watched } from './loading.js';
import { positiveNumber } from './numbers.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import {
  addThresholdOptions,
  describeSettings,
  detectionSettings,
  type ThresholdFlags,
  timeAndWork,
} from './threshold-options.js';

interface DetectFlags extends ThresholdFlags, OutputFlags {
  dataset: string;
  fs: number;
}

const examples = `
Examples:
  # spikes beyond 5 SD after a 300–6000 Hz band-pass, one line a channel
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000

  # a picture for a talk, negative peaks only
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000 --direction down --out raster.png

  # every spike time in ms, for another program
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000 --times > spikes.json`;

export function addDetect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('detect')
    .summary('detect spikes in a recording by threshold crossing')
    .description('Detects spikes in a recording: band-pass filter, threshold in standard deviations of each channel.')
    .argument('<recording>', 'an HDF5 file, or an s3:// or https:// URL of one')
    .optionsGroup('Recording:')
    .requiredOption('--dataset <path>', 'path of the traces in the file, (channels, samples)')
    .requiredOption('--fs <hz>', 'samples per second', positiveNumber);
  addOutputOptions(addThresholdOptions(command))
    .addHelpText('after', examples)
    .action((recording: string, flags: DetectFlags) => detect(recording, flags, signal));
}

async function detect(recording: string, flags: DetectFlags, signal: AbortSignal): Promise<void> {
  const { dataset, fs: fsHz } = flags;
  const settings = detectionSettings(flags);
  await checkOutput(flags);
  const sd = await watched(signal, (watching) =>
    loadSpikeDataFromHdf5RawThresholded(recording, dataset, {
      fsHz,
      ...settings,
      ...timeAndWork(flags),
      keepRaw: false,
      ...watching,
    }),
  );
  await showSpikes(sd, flags, {
    kind: 'channel',
    title: `${basename(recording)} · ${dataset}`,
    origin: describeSettings(settings),
    head: { recording, dataset, fsHz, settings },
  });
}
