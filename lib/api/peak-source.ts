/** What peaks are sought in, or snippets cut from: opened where it has to be, and closed again. */
import { isNdArray, type NdArray, type NumericArray, type Traces } from '../core/arrays.js';
import { integer, positive } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import type { Finding } from '../core/findings.js';
import { pickOptions } from '../core/known-options.js';
import type { Source } from '../core/options.js';
import type { FeedSource } from '../detection/feed.js';
import { checkTraces } from '../detection/filter.js';
import { isRecording, type ReadableRecording } from '../detection/recording.js';
import type { Recording } from '../recordings/recording.js';
import { openRecordingNames } from '../recordings/recording.js';
import { type OpenRecordingOptions, openRecording, refuseOpening } from './open-recording.js';

/** Traces of a known rate, in memory or to be read. */
export interface PeakSource extends FeedSource {
  readonly fsHz: number;
  readonly channelLocations?: NdArray | null;
  readonly gainsToUv?: ArrayLike<number> | null;
  readonly offsetsToUv?: ArrayLike<number> | null;
  readonly channelIds?: readonly (string | number)[] | null;
  readonly startMs?: number;
  readonly clock?: 'session' | 'acquisition';
  readonly gaps?: Recording['gaps'];
  readonly findings?: readonly Finding[];
}

/**
 * Runs `work` on the source.
 *
 * @param given the options of opening, and fsHz
 * @throws OptionError for what is no source, and for options of opening where it is open already
 */
export async function withSource<T>(
  source: Traces | ReadableRecording | Source,
  given: OpenRecordingOptions,
  work: (source: PeakSource) => Promise<T>,
): Promise<T> {
  if (typeof source === 'string' || source instanceof URL) {
    const opened = await openRecording(source, pickOptions(given, openRecordingNames));
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  }
  refuseOpening(given);
  if (isRecording(source)) return work(rated(source, given.fsHz));
  if (!Array.isArray(source) && !isNdArray(source)) {
    throw new OptionError('source', 'traces (channels, samples), a Recording, a path or a URL', source);
  }
  const { data, shape } = checkTraces(source, 'traces');
  const traces: NumericArray = data;
  return work({
    format: 'traces',
    traces,
    channels: shape[0],
    samples: shape[1],
    fsHz: positive(given.fsHz ?? 20000, 'fsHz'),
  });
}

/** The recording, with the rate that the user gave. */
function rated(recording: ReadableRecording & PeakSource, fsHz: number | undefined): PeakSource {
  integer(recording.channels, 'recording.channels', 1);
  integer(recording.samples, 'recording.samples', 1);
  if (fsHz === undefined || fsHz === recording.fsHz) {
    positive(recording.fsHz, 'recording.fsHz');
    return recording;
  }
  // inherits all else, and what native code reads the samples by
  return new Proxy(recording, {
    get: (target, name) => {
      if (name === 'fsHz') return positive(fsHz, 'fsHz');
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
