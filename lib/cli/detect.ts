/** `spikelab detect`: spikes of a recording by threshold crossing. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { type Watching, watched } from './loading.js';
import {
  addPeakOptions,
  crossingExtras,
  describePeaks,
  describeReference,
  type PeakFlags,
  peakOptions,
} from './peak-flags.js';
import { addReadingOptions, type ReadingFlags, readingOptions } from './reading-options.js';
import { addRecordingOptions, type DetectedIn, detectIn, peaksIn, type RecordingFlags } from './recording-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import {
  addThresholdOptions,
  describeSettings,
  detectionSettings,
  type ThresholdFlags,
  timeAndWork,
} from './threshold-options.js';

interface DetectFlags extends RecordingFlags, ThresholdFlags, PeakFlags, OutputFlags, ReadingFlags {}

const examples = `Examples:
  spikelab detect run_g0_t0.imec0.ap.bin                                 spikes, noise and threshold of each channel
  spikelab detect recording.h5 --dataset /traces --fs 20000 --direction down --out raster.png
  spikelab detect recording/ --out spikes.nwb                            any format that is written
  spikelab detect run_g0_t0.imec0.ap.bin --method locally-exclusive --reference median --bad-channels detect
  spikelab detect raw.dat --channels 384 --fs 30000 --times > spikes.json
`;

export function addDetect(program: Command, signal: AbortSignal): void {
  const command = program
    .command('detect')
    .summary('detect spikes in a recording')
    .description('Detects threshold crossings of filtered channels, or peaks (more: --method by-channel --help).')
    .addHelpText('before', examples)
    .argument('<recording>', 'a file or folder, or an s3:// or https:// URL of one');
  addOutputOptions(addReadingOptions(addPeakOptions(addThresholdOptions(addRecordingOptions(command))))).action(
    (recording: string, flags: DetectFlags) => detect(recording, flags, signal),
  );
}

async function detect(recording: string, flags: DetectFlags, signal: AbortSignal): Promise<void> {
  const target = await checkOutput(flags);
  const { find, settings, origin } = asksForPeaks(flags) ? peaks(recording, flags) : crossings(recording, flags);
  const { sd, noise, blankedMs = 0 } = await watched(signal, find);
  const { dataset, fs: fsHz = flags.fsHz ?? sd.metadata.fs_Hz } = flags;
  await showSpikes(sd, flags, {
    kind: 'channel',
    title: [basename(recording), dataset].filter(Boolean).join(' · '),
    origin: blankedMs ? `${origin}, ${Number(blankedMs.toFixed(3))} ms blanked` : origin,
    head: { recording, dataset, fsHz, settings },
    noise,
    target,
  });
}

interface Search {
  find(watching: Watching): Promise<DetectedIn>;
  settings: Record<string, unknown>;
  /** The settings in words. */
  origin: string;
}

const asksForPeaks = ({ method = 'crossings' }: DetectFlags) => method !== 'crossings';

function crossings(recording: string, flags: DetectFlags): Search {
  const settings = { ...detectionSettings(flags), ...crossingExtras(flags) };
  const options = { ...settings, ...timeAndWork(flags) };
  const { thresholdUv, reference } = settings;
  const { thresholdSigma, ...inUv } = options;
  return {
    find: (watching) =>
      detectIn(recording, flags, thresholdUv === undefined ? options : inUv, readingOptions(flags), watching),
    settings,
    origin: `${describeSettings(settings)}${reference ? `, ${describeReference(reference)} off` : ''}`,
  };
}

function peaks(recording: string, flags: DetectFlags): Search {
  const settings = peakOptions(flags, detectionSettings(flags), flags);
  return {
    find: (watching) =>
      peaksIn(recording, flags, { ...settings, ...timeAndWork(flags) }, readingOptions(flags), watching),
    settings: { ...settings },
    origin: describePeaks(settings),
  };
}
