/** `badChannels: 'detect'`: the rows that the health of the channels names, in the place of the word. */
import type { Traces } from '../core/arrays.js';
import type { Finding } from '../core/findings.js';
import type { LoadOptions, Source } from '../core/options.js';
import type { ChannelOptions } from '../detection/channel-options.js';
import type { ReadableRecording } from '../detection/recording.js';
import { channelList } from '../detection/threshold.js';
import { type ChannelHealth, healthOf } from './channel-health.js';
import { type PeakSource, withSource } from './peak-source.js';

type Asking = ChannelOptions & Pick<LoadOptions, 'signal'> & { fsHz?: number; memoryBytes?: number; threads?: number };

/**
 * The options with rows for bad channels, and what was found. By 'coherence+psd' with its defaults, so places and gains must be known.
 *
 * @throws OptionError where they are not
 */
export async function withBadChannels<T extends Asking>(
  options: T,
  from: PeakSource,
): Promise<{ options: T; findings: Finding[] }> {
  if (options.badChannels !== 'detect') return { options, findings: [] };
  const { channelLocations, gainsToUv, offsetsToUv, memoryBytes, threads, signal } = options;
  const about = { channelLocations, gainsToUv, offsetsToUv, memoryBytes, threads, signal };
  const { bad, labels } = await healthOf(from, about, 'badChannels');
  return { options: { ...options, badChannels: bad }, findings: [badFinding(labels, bad)] };
}

/** The same for a recording that is open, whatever its rate is said to be. */
export async function knowingBadChannels<T extends Asking>(
  options: T,
  recording: Traces | ReadableRecording | Source,
): Promise<{ options: T; findings: Finding[] }> {
  if (options.badChannels !== 'detect') return { options, findings: [] };
  return withSource(recording, { fsHz: options.fsHz }, (from) => withBadChannels(options, from));
}

function badFinding(labels: ChannelHealth['labels'], bad: readonly number[]): Finding {
  const kinds = (['dead', 'noise', 'out'] as const).flatMap((label) => {
    const rows = bad.filter((row) => labels[row] === label);
    return rows.length ? [`${channelList(rows)} as ${label}`] : [];
  });
  const message = bad.length ? `left out as bad: ${kinds.join('; ')}` : 'no channel was found to be bad';
  return { code: 'bad-channels', severity: 'info', message, count: bad.length };
}
