/// <reference lib="esnext.disposable" preserve="true" />
/** Raw recordings of any length: metadata at once, samples in pieces, so that memory stays bounded. */

import type { NdArray } from '../core/arrays.js';
import type { Finding } from '../core/findings.js';
import type { OptionNames } from '../core/known-options.js';
import { type LoadOptions, loadOptionNames } from '../core/options.js';

/** Samples on disk, read in pieces: memory stays bounded whatever the length. */
export interface Recording extends AsyncDisposable {
  readonly format: string;
  /** Of the signal; synchronisation words and digital lines do not count. */
  readonly channels: number;
  readonly samples: number;
  readonly fsHz: number;
  /** Type of the stored samples, which `read` gives as they are: int16, float32 … */
  readonly dtype: string;
  /** (channels, 2 or 3) in micrometres, where the file says. */
  readonly channelLocations: NdArray<Float64Array> | null;
  /** Names or numbers of the channels, where the file says; NaN for a channel of an array that no electrode is routed to. */
  readonly channelIds: readonly (string | number)[] | null;
  /** µV = stored × gain + offset, one a channel, where the file says. */
  readonly gainsToUv: Float64Array | null;
  readonly offsetsToUv: Float64Array | null;
  /** Time of the first sample on the file's own clock, ms; 0 where the file does not say. */
  readonly startMs: number;
  /**
   * What `startMs` counts from. 'session': the start of the session, as NWB means it; detected spikes are on this clock. 'acquisition':
   * when hardware or software was switched on; detected spikes count from the first sample, as those of spike sorters do.
   */
  readonly clock: 'session' | 'acquisition';
  /** Segments that the file has (pauses that were meant); this one is `segmentIndex` of the options. */
  readonly segments: number;
  /** Where samples are missing: before `sample`, so many. Only where `gapToleranceMs` let the recording open. */
  readonly gaps: readonly Gap[];
  /** What was found when it was opened; warnings among them went to `onWarning` too. */
  readonly findings: readonly Finding[];
  /** (channels, end - start), C order, in the stored type. */
  read(
    range: { start: number; end: number; channels?: readonly number[] },
    options?: { signal?: AbortSignal },
  ): Promise<NdArray>;
  close(): Promise<void>;
}

export interface RecordingOptions extends LoadOptions {
  /** Default: recognised from the files. */
  format?: string;
  /** HDF5: the dataset's path. NWB: the ElectricalSeries' path. Open Ephys, SpikeGLX: the stream's name. */
  dataset?: string;
  /** Samples per second, where the file does not say or says it wrongly. */
  fsHz?: number;
  /** Of flat binary files. */
  channels?: number;
  /** Of flat binary files: int16 (the default), uint16, float32 … or as numpy writes it ('<i2'). */
  dtype?: string;
  /** How flat binary files and HDF5 datasets lie. Default of binary files: 'time-channels'. */
  layout?: 'time-channels' | 'channels-time';
  /** Bytes before the first sample of flat binary files. */
  byteOffset?: number;
  /** Of SpikeInterface recordings with several. Default 0. */
  segmentIndex?: number;
  /**
   * Steps between timestamps that differ from one sample by more than this are an error. Default: half a sample. Smaller ones are
   * passed over with a finding: they are the recording's `gaps`.
   */
  gapToleranceMs?: number;
}

export const openRecordingNames: OptionNames<RecordingOptions> = {
  format: true,
  dataset: true,
  fsHz: true,
  channels: true,
  dtype: true,
  layout: true,
  byteOffset: true,
  segmentIndex: true,
  gapToleranceMs: true,
  ...loadOptionNames,
};

/** Before `sample` so many samples are missing, which would have lasted `ms`; below 0 where the clock goes back. */
export interface Gap {
  sample: number;
  missing: number;
  ms: number;
}
