/** Where a recording saturates. */
import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, pickOptions } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import {
  type Period,
  resolveSaturation,
  type SaturationOptions,
  saturationNames,
  toPeriods,
} from '../detection/blank.js';
import { type ChannelOptions, channelOptionNames } from '../detection/channel-options.js';
import { feed } from '../detection/feed.js';
import { resolveTraces } from '../detection/peak-options.js';
import type { ReadableRecording } from '../detection/recording.js';
import { openRecordingNames } from '../recordings/recording.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { withSource } from './peak-source.js';

/**
 * Periods in which more than a share of the channels is beyond a limit, or changes too fast, in the stored samples: as SpikeInterface and
 * IBL have it. Needs gains.
 *
 * @returns half-open periods in order of time, not widened
 * @throws OptionError, NotFoundError, FormatError
 */
export async function saturationPeriods(
  recording: ReadableRecording | Source,
  options: SaturationOptions & ChannelOptions & OpenRecordingOptions,
): Promise<Period[]> {
  const names = { ...openRecordingNames, ...channelOptionNames, ...saturationNames };
  const given = knownOptions(options, names, 'saturationPeriods');
  return withSource(recording, given, async (from) => {
    const saturation = resolveSaturation(pickOptions<SaturationOptions>(given, saturationNames), '');
    const { request, channels } = resolveTraces(
      { ...pickOptions<ChannelOptions>(given, channelOptionNames), filter: false },
      from,
    );
    if (!channels.gains) throw new OptionError('gainsToUv', 'one a channel where the recording has none', undefined);
    const detector = callNative(() => native().peaksOpen({ ...request, saturation }));
    await feed(detector, from, given);
    return toPeriods(callNative(() => native().peaksResult(detector)).blanked, from.fsHz);
  });
}
