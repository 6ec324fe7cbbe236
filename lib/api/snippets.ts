/** Waveforms around spikes, and their means. */
import { native } from '../addon/binding.js';
import type { PeaksDetector } from '../addon/contract.js';
import { callNative } from '../addon/job.js';
import type { NdArray } from '../core/arrays.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import type { Progress, Source } from '../core/options.js';
import { feed } from '../detection/feed.js';
import { type PeakOptions, resolveTraces } from '../detection/peak-options.js';
import type { ReadableRecording } from '../detection/recording.js';
import {
  planSnippets,
  type SnippetOptions,
  type SnippetPlan,
  snippetNames,
  type UnitSpikes,
  unitsOfPeaks,
} from '../detection/snippet-windows.js';
import { openRecordingNames } from '../recordings/recording.js';
import type { NeuronAttributes, SpikeData } from '../spike-data/spike-data.js';
import { withBadChannels } from './bad-channels.js';
import type { OpenRecordingOptions } from './open-recording.js';
import { type PeakSource, withSource } from './peak-source.js';

export interface UnitSnippets {
  readonly channels: readonly number[];
  /** Which of the unit's spikes: those with their whole window in the recording. */
  readonly spikes: Uint32Array;
  /** (channels, samples, spikes): SpikeLab's order; null with keep: false. */
  readonly waveforms: NdArray<Float32Array> | null;
  /** (channels, samples): mean over spikes, in float64; zeros where there is none. And the standard deviation. */
  readonly average: NdArray<Float64Array>;
  readonly deviation: NdArray<Float64Array>;
}

/** How the traces were made, for traces_meta. */
interface SnippetTraces {
  fsHz: number;
  startMs: number;
  filter: PeakOptions['filter'];
}

export interface Snippets {
  readonly units: readonly UnitSnippets[];
  readonly beforeSamples: number;
  readonly afterSamples: number;
}

type SnippetCall = SnippetOptions &
  Pick<PeakOptions, 'filter' | 'reference' | 'badChannels' | 'channelLocations' | 'memoryBytes' | 'threads'> &
  Omit<OpenRecordingOptions, 'channels'>;

const names: OptionNames<SnippetCall> = {
  ...openRecordingNames,
  ...snippetNames,
  filter: true,
  reference: true,
  badChannels: true,
  channelLocations: true,
  memoryBytes: true,
  threads: true,
};

/** What the traces of these snippets were. */
const madeFrom = new WeakMap<Snippets, SnippetTraces>();

/**
 * Cuts the traces around each unit's spikes: windows [s − before, s + after), the spike at index `before`, for spikes whose whole window
 * lies in the recording. Of the traces as they are, unless `filter` or `reference` say otherwise. A spike at t ms belongs to sample
 * floor(t · fsHz / 1000 + 0.25), whether times are sample / fsHz or (sample + 0.5) / fsHz.
 *
 * @param spikeData units, each with its row of the traces in neuronAttributes `channel`, unless `channels` says otherwise; or Peaks
 * @throws OptionError, NotFoundError, FormatError
 */
export async function snippets(
  recording: ReadableRecording | Source,
  spikeData: SpikeData | SnippetPeaks,
  options: SnippetCall = {},
): Promise<Snippets> {
  const given = knownOptions(options, names, 'snippets');
  // `channels` says which to cut, not how many a flat file has
  const { channels: _, ...opening } = given;
  return withSource(recording, opening, async (from) => {
    const { options: known } = await withBadChannels(given, from);
    const traces = { ...known, filter: given.filter ?? false };
    const { request, channels } = resolveTraces(traces, from);
    const own = Object.fromEntries(
      Object.keys(snippetNames).map((name) => [name, given[name as keyof SnippetOptions]]),
    );
    const plan = planSnippets(own, unitsOf(spikeData, from), from, channels);
    const detector = callNative(() => native().peaksOpen(request));
    return cutPlanned(detector, plan, from, traces);
  });
}

/** Peaks, as far as snippets need them. */
export interface SnippetPeaks {
  readonly sample: Float64Array;
  readonly channel: Uint32Array;
  readonly channels: number;
}

function unitsOf(spikes: SpikeData | SnippetPeaks, { fsHz }: PeakSource): UnitSpikes[] {
  if (isPeaks(spikes)) return unitsOfPeaks(spikes.sample, spikes.channel, spikes.channels);
  if (!Array.isArray(spikes?.train)) throw new OptionError('spikeData', 'a SpikeData or Peaks', spikes);
  const { startTime } = spikes;
  return spikes.train.map((times, u) => ({
    samples: Float64Array.from(times as Float64Array, (t) => Math.floor(((t - startTime) * fsHz) / 1000 + 0.25)),
    channel: rowOf(spikes.neuronAttributes?.[u]),
  }));
}

function isPeaks(value: SpikeData | SnippetPeaks): value is SnippetPeaks {
  return (value as SnippetPeaks)?.sample instanceof Float64Array;
}

/** The row of the traces, by the names that Python's get_waveform_traces looks for. */
function rowOf(attributes: NeuronAttributes | undefined): number | undefined {
  for (const name of ['channel', 'channel_id', 'channel_index', 'ch', 'channel_idx']) {
    const value = Number(attributes?.[name]);
    if (attributes?.[name] !== undefined && Number.isInteger(value)) return value;
  }
  return undefined;
}

/** Cuts what is planned, of the traces that the detector makes. */
export async function cutPlanned(
  detector: PeaksDetector,
  { before, after, keep, units, spikes }: SnippetPlan,
  from: PeakSource,
  options: Pick<PeakOptions, 'filter'> & { signal?: AbortSignal; onProgress?: (progress: Progress) => void },
): Promise<Snippets> {
  const length = before + after;
  callNative(() => native().peaksCut(detector, units, length, keep));
  await feed(detector, from, options);
  const cuts = callNative(() => native().peaksTakeCuts(detector));
  const found: Snippets = {
    beforeSamples: before,
    afterSamples: after,
    units: cuts.map(({ waveforms, average, deviation }, u) => {
      const channels = Array.from(units[u].channels);
      const shape = [channels.length, length];
      return {
        channels,
        spikes: spikes[u],
        waveforms: keep ? { data: waveforms, shape: [...shape, spikes[u].length] } : null,
        average: { data: average, shape },
        deviation: { data: deviation, shape },
      };
    }),
  };
  const { startMs = 0, clock = 'session' } = from;
  madeFrom.set(found, { fsHz: from.fsHz, startMs: clock === 'session' ? startMs : 0, filter: options.filter ?? true });
  return found;
}

/** Puts waveforms, avg_waveform and traces_meta into the neuronAttributes, as Python's get_waveform_traces(store=True) does. */
export function storeSnippets(spikeData: SpikeData, found: Snippets): void {
  if (found?.units?.length !== spikeData?.N) {
    const expected = `the snippets of these ${spikeData?.N} units`;
    throw new OptionError('found', expected, `${found?.units?.length} units`);
  }
  const attributes = spikeData.neuronAttributes ?? found.units.map(() => ({}));
  const { fsHz, filter } = madeFrom.get(found) ?? { fsHz: Number(spikeData.metadata.fs_Hz), filter: false };
  found.units.forEach(({ channels, spikes, waveforms, average }, u) => {
    attributes[u] = {
      ...attributes[u],
      ...(waveforms ? { waveforms } : {}),
      avg_waveform: average,
      traces_meta: {
        fs_kHz: fsHz / 1000,
        ms_before: (found.beforeSamples * 1000) / fsHz,
        ms_after: (found.afterSamples * 1000) / fsHz,
        ...bandOf(filter),
        channels: Array.from(channels),
        spike_times_ms: Float64Array.from(spikes, (i) => spikeData.train[u][i]),
      },
    };
  });
  spikeData.neuronAttributes = attributes;
}

function bandOf(filter: PeakOptions['filter']): { bandpass: (number | null)[] | null; filter_order: number | null } {
  if (!filter) return { bandpass: null, filter_order: null };
  const {
    lowcut = null,
    highcut = null,
    order = 5,
  } = filter === true ? { lowcut: 300, highcut: 6000, order: 3 } : filter;
  return { bandpass: [lowcut, highcut], filter_order: order };
}
