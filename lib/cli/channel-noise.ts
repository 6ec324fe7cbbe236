/** What detection found out about the channels of a recording: noise and threshold, and which channels are of no use. */
import type { Recording } from '../recordings/recording.js';
import type { ChannelNoise } from './spike-table.js';

/** Looked at, at three places of a recording: amplifiers that saturate do so again and again. */
const stretchSamples = 20_000;
/** Samples in a row at the largest or smallest value: noise has two now and then, clipped signals more. */
const clippedRun = 4;

/** What a detection knows of each channel. */
export interface Levels {
  /** In the unit of the samples; all NaN where it was not measured. */
  noise: Float64Array;
  /** In the same unit. */
  threshold: ArrayLike<number>;
  spikes: readonly number[];
  /** Rows that were left out. */
  bad: readonly number[];
  /** Those that the user gave, else those of the recording. */
  gains: ArrayLike<number> | null;
}

export async function channelNoise(
  recording: Recording,
  { noise, threshold, spikes, bad, gains }: Levels,
  signal: AbortSignal,
): Promise<ChannelNoise> {
  const leftOut = new Set(bad);
  const unmeasured = noise.every(Number.isNaN);
  const scale = (value: number, c: number) => (gains ? Math.abs(gains[c]) * value : value);
  const measured = noise.map(scale);
  const clipped = await clippedChannels(recording, signal);
  const state = spikes.map((count, c) => {
    if (leftOut.has(c)) return 'bad';
    if (Number.isNaN(noise[c]) && !unmeasured) return 'no numbers';
    if (noise[c] === 0) return 'flat';
    return clipped[c] ? 'saturated' : count ? '' : 'silent';
  });
  return {
    unit: gains ? 'µV' : "samples' unit",
    noise: measured,
    threshold: Float64Array.from(threshold, scale),
    state,
  };
}

async function clippedChannels(recording: Recording, signal: AbortSignal): Promise<boolean[]> {
  const { channels, samples } = recording;
  const clipped = new Array<boolean>(channels).fill(false);
  const length = Math.min(stretchSamples, samples);
  for (const start of new Set([0, Math.floor((samples - length) / 2), samples - length])) {
    const { data } = await recording.read({ start, end: start + length }, { signal });
    for (let c = 0; c < channels; c++) clipped[c] ||= isClipped(data as Float64Array, c * length, length);
  }
  return clipped;
}

/** Runs of samples at the largest or the smallest value, which are not one and the same. */
function isClipped(data: ArrayLike<number | bigint>, from: number, length: number): boolean {
  let [least, most] = [data[from], data[from]];
  for (let i = from; i < from + length; i++) {
    if (data[i] < least) least = data[i];
    if (data[i] > most) most = data[i];
  }
  if (least === most) return false;
  let run = 1;
  for (let i = from + 1; i < from + length; i++) {
    run = data[i] === data[i - 1] ? run + 1 : 1;
    if (run >= clippedRun && (data[i] === least || data[i] === most) && isWide(least, most)) return true;
  }
  return false;
}

/** Channels of a few steps of noise stay at their largest step by chance. */
const isWide = (least: number | bigint, most: number | bigint) => Number(most) - Number(least) >= 64;
