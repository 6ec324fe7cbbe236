/** Threshold crossings of referenced and blanked traces, by other noise, or in µV: what detectSpikes is told beyond its own options. */
import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import { OptionError } from '../core/errors.js';
import type { OptionNames } from '../core/known-options.js';
import type { Progress } from '../core/options.js';
import type { BlankOptions } from './blank.js';
import { type ChannelOptions, channelOptionNames } from './channel-options.js';
import { type FeedSource, feed } from './feed.js';
import { type DescribedTraces, resolveTraces } from './peak-options.js';
import type { ReferenceOptions } from './reference.js';
import type { Threshold, ThresholdOptions } from './threshold.js';
import { type NoiseKind, resolveLevels } from './threshold-levels.js';

export interface ThresholdExtras extends ChannelOptions {
  /** One, or one a channel. */
  thresholdSigma?: number | ArrayLike<number>;
  /** One, or one a channel, above 0. Needs gains. */
  thresholdUv?: number | ArrayLike<number>;
  /** Default 'std'; or the noise of each channel, in the unit of the traces. */
  noise?: NoiseKind | ArrayLike<number>;
  /** After the filter. */
  reference?: ReferenceOptions | false;
  blank?: BlankOptions;
}

export type DetectSpikesOptions = Omit<ThresholdOptions, 'thresholdSigma' | 'noise'> & ThresholdExtras;

const extraNames: OptionNames<Omit<ThresholdExtras, 'thresholdSigma' | 'noise'>> = {
  ...channelOptionNames,
  thresholdUv: true,
  reference: true,
  blank: true,
};
export const crossingNames: OptionNames<ThresholdExtras> = { ...extraNames, thresholdSigma: true, noise: true };

/** Whether the options ask for more than a threshold of the filtered traces' own noise. */
export function asksForMore(options: DetectSpikesOptions): boolean {
  const { thresholdSigma, noise } = options;
  const given = (Object.keys(extraNames) as (keyof typeof extraNames)[]).some(
    (name) => options[name] !== undefined && options[name] !== null && options[name] !== false,
  );
  const plainSigma = thresholdSigma === undefined || thresholdSigma === null || typeof thresholdSigma !== 'object';
  const plainNoise = noise === undefined || noise === null || noise === 'std' || noise === 'mad';
  return given || !plainSigma || !plainNoise;
}

/** The options that detection without these knows, with stand-ins for those it does not. */
export function plainOptions(options: DetectSpikesOptions): ThresholdOptions {
  const { thresholdSigma, noise, ...rest } = options;
  const out: Record<string, unknown> = { ...rest };
  for (const name of Object.keys(extraNames)) delete out[name];
  return out;
}

/** Flat trains, as the plain detection gives them. */
export async function detectCrossings(
  from: FeedSource & Omit<DescribedTraces, 'fsHz'>,
  threshold: Threshold,
  options: DetectSpikesOptions & { signal?: AbortSignal; onProgress?: (progress: Progress) => void },
) {
  if (threshold.keepRaw === 'filtered') {
    throw new OptionError('keepRaw', "'original' or false beside reference, blank and thresholdUv", threshold.keepRaw);
  }
  const { request, channels, findings } = resolveTraces(options, { ...describe(from), fsHz: threshold.fsHz });
  const sign = { up: 'pos', down: 'neg', both: 'both' } as const;
  const detector = callNative(() =>
    native().peaksOpen({
      ...request,
      ...resolveLevels(options, channels, 'std'),
      method: 'crossings',
      sign: sign[threshold.direction],
      hysteresis: threshold.hysteresis,
      channelCap: threshold.spikeCap,
      maxPeaks: threshold.maxSpikes,
    }),
  );
  await feed(detector, from, options);
  const found = callNative(() => native().peaksResult(detector));
  const { times, offsets } = timesByChannel(found, from.channels, threshold);
  const noise = found.noise.map((value, c) =>
    found.spoilt.includes(c) ? Number.NaN : Number.isNaN(value) ? 0 : value,
  );
  return { times, offsets, noise, capped: found.capped, recomputed: 0, findings };
}

function describe({ channels, samples, channelLocations, gainsToUv, offsetsToUv }: Omit<DescribedTraces, 'fsHz'>) {
  return { channels, samples, channelLocations, gainsToUv, offsetsToUv };
}

/** ms, channel after channel: a crossing lies half a sample behind the sample, as SpikeLab has it. */
function timesByChannel(
  { samples, channels }: { samples: Float64Array; channels: Uint32Array },
  count: number,
  { fsHz, startTimeMs }: Threshold,
): { times: Float64Array; offsets: Float64Array } {
  const offsets = new Float64Array(count + 1);
  for (const c of channels) offsets[c + 1]++;
  for (let c = 0; c < count; c++) offsets[c + 1] += offsets[c];
  const next = offsets.slice();
  const times = new Float64Array(samples.length);
  samples.forEach((sample, i) => {
    times[next[channels[i]]++] = ((sample + 0.5) * 1000) / fsHz + startTimeMs;
  });
  return { times, offsets };
}
