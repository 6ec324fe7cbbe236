/** The page of `spikelab view`, of spikes that are there and of what was measured with them. */
import { basename } from 'node:path';
import type { Progress } from '../core/options.js';
import { type PageData, pageData, type TraceStretch } from '../picture/page-data.js';
import { duration } from '../picture/scale.js';
import type { Recording } from '../recordings/recording.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import type { MeasuredRecording } from './measured-recording.js';

export interface PagedSpikes {
  readonly sd: SpikeData;
  readonly rowName: 'Unit' | 'Channel';
  /** How the spikes came to be, in words. */
  readonly origin: string;
  /** Of recordings, which are open. */
  readonly measured?: MeasuredRecording;
  readonly recording?: Pick<Recording, 'fsHz' | 'samples' | 'gaps'>;
  /** Of sorted spikes: what the sorter left beside each spike of a unit, for the units where it did. */
  storedAmplitudes(): Promise<(ArrayLike<number> | undefined)[]>;
}

/** Which filtered traces go into the page. */
export interface PagedTraces {
  readonly seconds?: number;
  readonly fromMs?: number;
  readonly channels?: number;
}

interface Work {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

const defaultSeconds = 5;
const defaultChannels = 8;

/** @param names of the source, which are the page's title */
export async function viewPage(
  source: PagedSpikes,
  names: readonly (string | undefined)[],
  traces: PagedTraces,
  work: Work,
): Promise<PageData> {
  const { sd, rowName, origin, measured } = source;
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  const count = `${sd.N.toLocaleString('en-US')} ${rowName.toLowerCase()}s · ${spikes.toLocaleString('en-US')} spikes`;
  const rows = Array.from({ length: sd.N }, (_, row) => row);
  const amplitudes = measured ? await measured.amplitudes(rows, work) : await storedAmplitudes(source);
  return pageData({
    ...{ sd, rowName, amplitudes, noise: measured?.noise, thresholds: measured?.thresholds },
    traces: await stretch(source, traces, work),
    title: [basename(names[0] ?? ''), ...names.slice(1)].filter(Boolean).join(' · '),
    subtitle: `${count} in ${duration(sd.length)} · ${origin}`,
    unit: measured?.unit ?? 'as stored',
  });
}

/** What a sorter left beside each spike; undefined where it did not for all. */
async function storedAmplitudes(source: PagedSpikes): Promise<ArrayLike<number>[] | undefined> {
  const found = await source.storedAmplitudes();
  return found.every((values) => values !== undefined) ? found : undefined;
}

/** None where the recording has gaps: the axis of the traces has none. */
async function stretch(source: PagedSpikes, wanted: PagedTraces, work: Work): Promise<TraceStretch | undefined> {
  const { sd, measured, recording } = source;
  const { seconds = defaultSeconds, fromMs = sd.startTime, channels = defaultChannels } = wanted;
  if (!measured || !recording || recording.gaps.length || seconds === 0) return undefined;
  const fsHz = recording.fsHz;
  const first = Math.round(((fromMs - sd.startTime) * fsHz) / 1000);
  const start = Math.min(Math.max(0, first), recording.samples - 1);
  const end = Math.min(recording.samples, start + Math.max(1, Math.round(seconds * fsHz)));
  const rows = busiest(sd, channels);
  const samples = await measured.filtered(start, end, rows, work);
  return { rows, fromMs: sd.startTime + (start * 1000) / fsHz, fsHz, samples };
}

/** The rows with the most spikes, in their own order. */
export function busiest(sd: SpikeData, most: number): number[] {
  const rows = Array.from({ length: sd.N }, (_, row) => row).sort((a, b) => sd.train[b].length - sd.train[a].length);
  return rows.slice(0, most).sort((a, b) => a - b);
}

/** Amplitudes that a unit's attributes have for each spike. */
export function attributeAmplitudes(sd: SpikeData, row: number): ArrayLike<number> | undefined {
  const values = sd.neuronAttributes?.[row]?.spike_amplitudes as ArrayLike<number> | undefined;
  return values?.length === sd.train[row].length ? values : undefined;
}
