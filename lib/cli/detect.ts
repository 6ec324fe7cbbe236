/** `spikelab detect`: spikes of a recording by threshold crossing. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { watched } from './loading.js';
import { addRecordingOptions, detectIn, type RecordingFlags } from './recording-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import {
  addThresholdOptions,
  describeSettings,
  detectionSettings,
  type ThresholdFlags,
  timeAndWork,
} from './threshold-options.js';

interface DetectFlags extends RecordingFlags, ThresholdFlags, OutputFlags {}

const examples = `
Examples:
  # spikes beyond 5 SD after a 300–6000 Hz band-pass, one line a channel
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000

  # a picture for a talk, negative peaks only
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000 --direction down --out raster.png

  # formats that say their own rate: SpikeGLX, Open Ephys, NWB, MaxWell, MCS, SpikeInterface
  spikelab detect run_g0_t0.imec0.ap.bin

  # every spike time in ms, for another program
  spikelab detect recording.h5 --dataset /Data/ChannelData --fs 20000 --times > spikes.json`;

export function addDetect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('detect')
    .summary('detect spikes in a recording by threshold crossing')
    .description('Detects spikes in a recording: band-pass filter, threshold in standard deviations of each channel.')
    .argument('<recording>', 'a file or folder, or an s3:// or https:// URL of one');
  addOutputOptions(addThresholdOptions(addRecordingOptions(command)))
    .addHelpText('after', examples)
    .action((recording: string, flags: DetectFlags) => detect(recording, flags, signal));
}

async function detect(recording: string, flags: DetectFlags, signal: AbortSignal): Promise<void> {
  const settings = detectionSettings(flags);
  await checkOutput(flags);
  const threshold = { ...settings, ...timeAndWork(flags) };
  const sd = await watched(signal, (watching) => detectIn(recording, flags, threshold, watching));
  const { dataset, fs: fsHz = sd.metadata.fs_Hz } = flags;
  await showSpikes(sd, flags, {
    kind: 'channel',
    title: [basename(recording), dataset].filter(Boolean).join(' · '),
    origin: describeSettings(settings),
    head: { recording, dataset, fsHz, settings },
  });
}
