/** Items whose output is a picture or a page. */
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type FormatOptions, isToBeDetected } from '../api/format-choice.js';
import { measureRecording } from '../api/measured-recording.js';
import { openRecording } from '../api/open-recording.js';
import { attributeAmplitudes, type PagedSpikes, type PagedTraces, viewPage } from '../api/view-page.js';
import { finite, integer, nonNegative, oneOf } from '../core/checks.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import { columnPixels } from '../picture/column.js';
import { isiSvg } from '../picture/isi-svg.js';
import { pageHtml } from '../picture/page-html.js';
import { svgToPng } from '../picture/png.js';
import { columnRasterSvg } from '../picture/raster-svg.js';
import { ratesSvg } from '../picture/rates-svg.js';
import { channelRates } from '../picture/spike-counts.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import type { Work } from './contract.js';
import { type Counts, countsOf, readingOf, spikesOf, splitRecording, type Terms } from './spikes.js';

const pictures = {
  raster: (sd: SpikeData, words: Words) => columnRasterSvg(sd, words),
  rates: (sd: SpikeData, words: Words) => ratesSvg(channelRates(sd), words),
  isi: (sd: SpikeData, words: Words) => isiSvg(sd.train, words),
};

interface Words {
  title: string;
  subtitle: string;
  rowName: string;
}

export async function plotInto(target: string, work: Work, options: FormatOptions, terms: Terms): Promise<Counts> {
  const { kind = 'raster', ...given } = options;
  const draw = pictures[oneOf(kind, 'kind', ['raster', 'rates', 'isi'])];
  const detected = await isRecording(work, given, terms);
  const sd = await spikesOf({ ...work, do: detected ? 'detect' : 'load' }, given, terms);
  const counts = countsOf(sd);
  const subtitle = `${counts.spikes.toLocaleString('en-US')} spikes`;
  const svg = draw(sd, { title: basename(work.source), subtitle, rowName: detected ? 'Channel' : 'Unit' });
  await writeFile(target, work.format === 'png' ? await svgToPng(svg, columnPixels) : svg);
  return counts;
}

const isRecording = ({ source }: Work, given: FormatOptions, terms: Terms) =>
  isToBeDetected(source, given, { ...readingOf(terms), onWarning: () => {}, onProgress: () => {} });

/** @param options besides those of reading: `traces` { seconds, fromMs, channels } that go into the page */
export async function viewInto(target: string, work: Work, options: FormatOptions, terms: Terms): Promise<Counts> {
  const { traces = {}, ...given } = options;
  if (await isRecording(work, given, terms)) return viewRecording(target, work, given, traces, terms);
  const sd = await spikesOf({ ...work, do: 'load' }, given, terms);
  const storedAmplitudes = async () => sd.train.map((_, row) => attributeAmplitudes(sd, row));
  await writePage(target, { sd, rowName: 'Unit', origin: 'sorted', storedAmplitudes }, work, {}, terms);
  return countsOf(sd);
}

async function viewRecording(target: string, work: Work, given: FormatOptions, traces: unknown, terms: Terms) {
  const { opening, detecting } = splitRecording(given, terms);
  const recording = await openRecording(work.source, opening);
  try {
    const measured = await measureRecording(recording, detecting, work.source);
    const { sd } = measured;
    const storedAmplitudes = async () => sd.train.map(() => undefined);
    const origin = 'spikes by threshold';
    await writePage(
      target,
      { sd, rowName: 'Channel', origin, measured, recording, storedAmplitudes },
      work,
      traces,
      terms,
    );
    return countsOf(sd);
  } finally {
    await recording.close();
  }
}

async function writePage(
  target: string,
  source: PagedSpikes,
  work: Work,
  traces: unknown,
  terms: Terms,
): Promise<void> {
  const { dataset } = work.options;
  const names = [work.source, typeof dataset === 'string' ? dataset : undefined];
  const data = await viewPage(source, names, checkedTraces(traces), terms);
  await pipeline(Readable.from(pageHtml(data)), createWriteStream(target));
}

const traceNames: OptionNames<PagedTraces> = { seconds: true, fromMs: true, channels: true };

function checkedTraces(traces: unknown): PagedTraces {
  const { seconds, fromMs, channels } = knownOptions<PagedTraces>(
    traces as PagedTraces,
    traceNames,
    'the traces of a page',
    'traces',
  );
  return {
    ...(seconds === undefined ? {} : { seconds: nonNegative(seconds, 'traces.seconds') }),
    ...(fromMs === undefined ? {} : { fromMs: finite(fromMs, 'traces.fromMs') }),
    ...(channels === undefined ? {} : { channels: integer(channels, 'traces.channels', 1, 1024) }),
  };
}
