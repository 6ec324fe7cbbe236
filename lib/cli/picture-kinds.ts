/** The kinds of pictures that `spikelab plot` draws, each from what its source has. */
import { busiest } from '../api/view-page.js';
import { OptionError } from '../core/errors.js';
import type { SpikeData } from '../index.js';
import { amplitudesSvg } from '../picture/amplitudes-svg.js';
import { isiSvg } from '../picture/isi-svg.js';
import { probeSvg, type Site } from '../picture/probe-svg.js';
import { columnRasterSvg } from '../picture/raster-svg.js';
import { ratesSvg } from '../picture/rates-svg.js';
import { channelRates } from '../picture/spike-counts.js';
import { tracesSvg } from '../picture/traces-svg.js';
import type { Watching } from './loading.js';
import type { PictureSource } from './picture-source.js';

export const pictureKinds = ['raster', 'rates', 'probe', 'isi', 'amplitudes', 'traces'] as const;
export type PictureKind = (typeof pictureKinds)[number];

interface Wanted {
  readonly title: string;
  readonly subtitle: string;
  readonly only?: readonly number[];
  readonly at?: number;
  readonly span?: number;
  readonly value?: 'rate' | 'noise';
}

/** Panels below each other that one column has room for. */
const mostAmplitudePanels = 3;
const mostTracePanels = 6;
const defaultSpanMs = 50;

const drawers: Record<
  PictureKind,
  (source: PictureSource, wanted: Wanted, work: Watching) => string | Promise<string>
> = {
  raster: (source, wanted) => columnRasterSvg(chosen(source.sd, wanted), named(source, wanted)),
  rates: (source, wanted) => {
    const { measured } = source;
    const noise = measured && { values: pick(measured.noise, wanted), unit: measured.unit };
    return ratesSvg(channelRates(chosen(source.sd, wanted)), { ...named(source, wanted), noise });
  },
  probe: probePicture,
  isi: (source, wanted) => isiSvg(chosen(source.sd, wanted).train, named(source, wanted)),
  amplitudes: amplitudePicture,
  traces: tracePicture,
};

/** @throws OptionError where the source lacks what this kind shows, or has no such row */
export async function drawPicture(
  kind: PictureKind,
  source: PictureSource,
  wanted: Wanted,
  work: Watching,
): Promise<string> {
  const beyond = wanted.only?.find((row) => row >= source.sd.N);
  if (beyond !== undefined) throw new OptionError('--only', `numbers from 0 to ${source.sd.N - 1}`, beyond);
  return drawers[kind](source, wanted, work);
}

const named = ({ rowName }: PictureSource, { title, subtitle, only }: Wanted) => ({
  ...{ title, rowName },
  subtitle: only ? `${rowName.toLowerCase()}s ${only.join(', ')} · ${subtitle}` : subtitle,
});

function chosen(sd: SpikeData, { only }: Wanted): SpikeData {
  return only ? sd.subset(only, { preserveOrder: true }) : sd;
}

const pick = (values: Float64Array, { only }: Wanted) =>
  only ? Float64Array.from(only, (row) => values[row]) : values;

/** The rows asked for, else those with the most spikes, in their own order. */
const chosenRows = (sd: SpikeData, { only }: Wanted, most: number) => (only ? [...only] : busiest(sd, most));

function probePicture(source: PictureSource, wanted: Wanted): string {
  const { sd, measured, rowName } = source;
  const noisy = wanted.value === 'noise' && measured;
  const values = noisy ? measured.noise : channelRates(sd);
  const rows = wanted.only ?? Array.from({ length: sd.N }, (_, row) => row);
  const sites = rows.flatMap((row): Site[] => {
    const place = sd.neuronAttributes?.[row]?.location;
    const [x, y] = Array.isArray(place) ? place.map(Number) : [];
    return Number.isFinite(x) && Number.isFinite(y) ? [{ x, y, value: values[row] }] : [];
  });
  if (!sites.length) {
    const hint = `${rowName}s of this source have no places, which is what a map shows.`;
    throw new OptionError('--kind', 'raster, rates, isi, amplitudes or traces', 'probe', hint);
  }
  const valueName = noisy ? `Noise (${measured.unit})` : 'Rate (Hz)';
  const unplaced = rows.length - sites.length;
  const { title, subtitle } = named(source, wanted);
  const left = unplaced ? `${unplaced} without a place · ${subtitle}` : subtitle;
  return probeSvg(sites, { title, subtitle: left, valueName });
}

async function amplitudePicture(source: PictureSource, wanted: Wanted, work: Watching): Promise<string> {
  const { sd, measured, rowName } = source;
  const rows = chosenRows(sd, wanted, mostAmplitudePanels);
  const amplitudes = measured ? await measured.amplitudes(rows, work) : await storedAmplitudes(source, rows);
  const panels = rows.map((row, i) => ({
    name: `${rowName} ${row}`,
    timesMs: sd.train[row],
    amplitudes: amplitudes[i],
    thresholds: measured?.thresholds(row) ?? [],
  }));
  const { title, subtitle } = wanted;
  const unit = measured?.unit ?? 'as stored';
  return amplitudesSvg(panels, { title, subtitle, startMs: sd.startTime, lengthMs: sd.length, unit });
}

async function storedAmplitudes(source: PictureSource, rows: readonly number[]): Promise<ArrayLike<number>[]> {
  const stored = await source.storedAmplitudes();
  return rows.map((row) => {
    const values = stored[row];
    if (values) return values;
    const hint = 'The source has no amplitude for each spike; those of a recording are measured.';
    throw new OptionError('--kind', 'raster, rates, probe or isi', 'amplitudes', hint);
  });
}

async function tracePicture(source: PictureSource, wanted: Wanted, work: Watching): Promise<string> {
  const { sd, measured, recording } = source;
  if (!measured || !recording) {
    throw new OptionError(
      '--kind',
      'raster, rates, probe, isi or amplitudes',
      'traces',
      'Sorted spikes have no traces.',
    );
  }
  if (recording.gaps.length) {
    const hint = 'This recording has gaps, so that time on its axis would not be continuous.';
    throw new OptionError('--kind', 'raster, rates, probe, isi or amplitudes', 'traces', hint);
  }
  const rows = chosenRows(sd, wanted, mostTracePanels);
  const fsHz = recording.fsHz;
  const spanMs = Math.min(wanted.span ?? defaultSpanMs, (recording.samples * 1000) / fsHz);
  const middleMs =
    wanted.at ??
    fullest(
      rows.map((row) => sd.train[row]),
      sd.startTime,
      spanMs,
    );
  const latest = recording.samples - Math.round((spanMs * fsHz) / 1000);
  const first = Math.round(((middleMs - spanMs / 2 - sd.startTime) * fsHz) / 1000);
  const start = Math.max(0, Math.min(first, latest));
  const end = Math.min(recording.samples, start + Math.max(2, Math.round((spanMs * fsHz) / 1000)));
  const traces = await measured.filtered(start, end, rows, work);
  const fromMs = sd.startTime + (start * 1000) / fsHz;
  const toMs = sd.startTime + (end * 1000) / fsHz;
  const panels = rows.map((row, i) => ({
    name: `Channel ${row}`,
    samples: traces[i],
    thresholds: measured.thresholds(row),
    spikesMs: sd.train[row].filter((ms) => ms >= fromMs && ms < toMs),
  }));
  const { title, subtitle } = wanted;
  return tracesSvg(panels, { title, subtitle, fromMs, fsHz, unit: measured.unit });
}

/** The middle of the spikes in the span of time that has the most, to a quarter of a span. */
function fullest(trains: readonly Float64Array[], startMs: number, spanMs: number): number {
  const counts = new Map<number, number>();
  let best = 0;
  for (const train of trains) {
    for (const ms of train) {
      const quarter = Math.floor((4 * (ms - startMs)) / spanMs);
      for (let first = quarter - 3; first <= quarter; first++) {
        const count = (counts.get(first) ?? 0) + 1;
        counts.set(first, count);
        if (count > (counts.get(best) ?? 0)) best = first;
      }
    }
  }
  const fromMs = startMs + (best / 4) * spanMs;
  const shown = trains.flatMap((train) => [...train.filter((ms) => ms >= fromMs && ms < fromMs + spanMs)]);
  if (!shown.length) return startMs + spanMs / 2;
  return (shown.reduce((a, b) => Math.min(a, b)) + shown.reduce((a, b) => Math.max(a, b))) / 2;
}
