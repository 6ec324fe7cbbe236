/** Spikes of recordings of any length, piece by piece. */

import { OptionError } from '../core/errors.js';
import { isIsolated, resolveIsolation } from '../core/isolation.js';
import { knownOptions, pickOptions } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import { crossingNames, type DetectSpikesOptions } from '../detection/crossings.js';
import { type Detected, detectOpen, isRecording, type ReadableRecording } from '../detection/recording.js';
import { thresholdOptionNames } from '../detection/threshold.js';
import { openRecordingNames } from '../recordings/recording.js';
import { detectedSpikeData, type SpikeData } from '../spike-data/spike-data.js';
import { knowingBadChannels } from './bad-channels.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { openRecording, refuseOpening } from './open-recording.js';

/**
 * The streaming form of `SpikeData.fromThresholding`: the same spikes, in bounded memory, for a recording of any length. One unit
 * a channel. Memory: about `memoryBytes`, and eight bytes a spike. `keepRaw` other than false reads all traces into memory.
 * Times start at the option `startTime`, else at the recording's `startMs` where its `clock` is that of the session, else at 0;
 * spikes behind its `gaps` are as much later. `reference`, `blank`, `thresholdUv`, badChannels, thresholds and noise of each channel:
 * docs/detection.md. The report has the findings of opening too.
 *
 * @param recording an open recording, which stays open; or where one is, which is opened and closed again
 * @throws OptionError, NotFoundError, FormatError, LimitError for more spikes than `limits.maxSpikes` in all
 */
export async function detectSpikes(
  recording: ReadableRecording | Source,
  options: DetectSpikesOptions & OpenRecordingOptions = {},
): Promise<SpikeData> {
  options = knownOptions(options, { ...thresholdOptionNames, ...openRecordingNames, ...crossingNames }, 'detectSpikes');
  const isolated = resolveIsolation(options.isolate) !== null;
  if (isRecording(recording)) {
    refuseOpening(options);
    if (isolated && !isIsolated(recording)) {
      const hint = 'Open the recording with isolate, or give its path.';
      throw new OptionError('isolate', 'false for a recording that this process has open', options.isolate, hint);
    }
    return detectedSpikeData(await detectKnowing(recording, options, recording.format));
  }
  if (typeof recording !== 'string' && !(recording instanceof URL)) {
    throw new OptionError('recording', 'a Recording, a path or a URL', recording);
  }
  if (isolated) {
    const { loadIsolated } = await import('../loading/isolate/run.js');
    return loadIsolated('detectSpikes', [recording], options);
  }
  const opened = await openRecording(recording, pickOptions(options, openRecordingNames));
  try {
    return detectedSpikeData(await detectKnowing(opened, options, recording));
  } finally {
    await opened.close();
  }
}

/** Detection in an open recording; of `badChannels: 'detect'` those that its health names. */
async function detectKnowing(
  recording: ReadableRecording,
  given: DetectSpikesOptions,
  source: unknown,
): Promise<Detected> {
  const { options, findings } = await knowingBadChannels(given, recording);
  const detected = await detectOpen(recording, options, source);
  for (const finding of findings) detected.report.add(finding);
  return detected;
}
