/** The spikes of an item: detected, or read as a sorter left them. */
import { sep } from 'node:path';
import { detectPeaks } from '../api/detect-peaks.js';
import { detectSpikes } from '../api/detect-spikes.js';
import { chooseFormat, type FormatOptions, load, onlySorting, optionsFor, withTold } from '../api/format-choice.js';
import { identify } from '../api/identify.js';
import { type OpenRecordingOptions, openRecording } from '../api/open-recording.js';
import { oneOf } from '../core/checks.js';
import type { Finding } from '../core/findings.js';
import type { IsolateOptions } from '../core/isolation.js';
import { pickOptions } from '../core/known-options.js';
import type { Limits } from '../core/limits.js';
import { type LoadOptions, loadOptionNames, type Progress } from '../core/options.js';
import { fileLoaders } from '../formats/table.js';
import { openRecordingNames } from '../recordings/recording.js';
import { TraceRecording } from '../recordings/trace-recording.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import type { Work } from './contract.js';
import { isRemote } from './identity.js';

/** What every item gets from the batch. */
export interface Terms {
  readonly threads: number;
  readonly isolate: boolean | IsolateOptions;
  /** Of decoded data; the loaders' own where they are not given. */
  readonly limits?: Partial<Limits>;
  /** The folder that a relative source is meant from. */
  readonly cwd?: string;
  /** Formats that the same spikes are written in besides, as `<name of the output><ending of the format>`. */
  readonly also?: readonly string[];
  /** Recordings as if they had only so many samples: for plans. */
  readonly only?: number;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
  onWarning(finding: Finding): void;
}

export interface Counts {
  units: number;
  spikes: number;
}

export const countsOf = (sd: SpikeData): Counts => ({
  units: sd.N,
  spikes: sd.train.reduce((sum, { length }) => sum + length, 0),
});

export function readingOf({ isolate, limits, signal, onProgress, onWarning }: Terms): LoadOptions {
  const confined = isolate === true ? { timeoutMs: isolatedMs } : isolate;
  return { signal, onProgress, onWarning, ...(limits ? { limits } : {}), ...(confined ? { isolate: confined } : {}) };
}

/** An isolated child may take so long for one recording: a day of 384 channels needs some hours. */
const isolatedMs = 24 * 3600_000;

export async function spikesOf(work: Work, given: FormatOptions, terms: Terms): Promise<SpikeData> {
  const sd = await foundSpikes(work, given, terms);
  if (terms.cwd !== undefined) forgetFolder(sd, terms.cwd);
  return sd;
}

/** Metadata name their source by its absolute path: of a relative one, the rest of the path is nobody's business. */
function forgetFolder(sd: SpikeData, folder: string): void {
  const start = folder.endsWith(sep) ? folder : `${folder}${sep}`;
  for (const [key, value] of Object.entries(sd.metadata)) {
    if (value === folder) sd.metadata[key] = '.';
    else if (typeof value === 'string' && value.startsWith(start)) sd.metadata[key] = value.slice(start.length);
  }
}

async function foundSpikes(work: Work, given: FormatOptions, terms: Terms): Promise<SpikeData> {
  const reading = readingOf(terms);
  if (terms.only !== undefined && (work.do === 'detect' || work.do === 'peaks')) {
    return beginningOf(work, given, terms.only, terms);
  }
  if (work.do === 'detect') return detectSpikes(work.source, { ...given, ...reading, threads: terms.threads });
  if (work.do !== 'peaks') return sortedSpikes(work.source, given, reading);
  // peaks have no isolated form of their own: samples come from the child, and are looked at here
  const peaks = await detectPeaks(work.source, { ...given, ...reading, threads: terms.threads });
  return peaks.toSpikeData();
}

async function beginningOf(work: Work, given: FormatOptions, samples: number, terms: Terms): Promise<SpikeData> {
  const { opening, detecting } = splitRecording(given, terms);
  const recording = await openRecording(work.source, opening);
  try {
    const short = recording instanceof TraceRecording ? recording.beginning(samples) : recording;
    if (work.do === 'detect') return await detectSpikes(short, detecting);
    return (await detectPeaks(short, detecting)).toSpikeData();
  } finally {
    await recording.close();
  }
}

/** Options of opening and of detecting; what opened it is not given again, but the rate, which is one of detection too. */
export function splitRecording(given: FormatOptions, terms: Terms) {
  const reading = readingOf(terms);
  const { limits: _limits, isolate: _isolate, ...working } = reading;
  const own = Object.entries(given).filter(([name]) => name === 'fsHz' || !Object.hasOwn(openRecordingNames, name));
  return {
    opening: { ...pickOptions(given, openRecordingNames), ...reading } as OpenRecordingOptions,
    detecting: { ...Object.fromEntries(own), ...working, threads: terms.threads },
  };
}

const readingNames = Object.keys(loadOptionNames);

async function sortedSpikes(source: string, given: FormatOptions, reading: LoadOptions): Promise<SpikeData> {
  const { from, ...rest } = given;
  if (from !== undefined)
    oneOf(
      from,
      'from',
      fileLoaders.map(({ name }) => name),
    );
  const name = from as string | undefined;
  const own = Object.entries(rest).filter(([key]) => readingNames.includes(key));
  const reads: LoadOptions = { ...Object.fromEntries(own), ...reading };
  const quiet = { ...reads, onWarning: () => {}, onProgress: () => {} };
  // of remote sources only the name is looked at: they are fetched once, by the load
  const told = isRemote(source) ? undefined : onlySorting(source, name, await identify(source, quiet));
  const format = told?.format ?? chooseFormat(fileLoaders, source, 'from', name);
  const ofLoader = Object.fromEntries(Object.entries(rest).filter(([key]) => !readingNames.includes(key)));
  const { fsHz, ...others } = ofLoader;
  const rate = fsHz !== undefined && format.rate ? { [format.rate]: fsHz } : fsHz === undefined ? {} : { fsHz };
  const options = optionsFor(format, 'options', undefined, { ...others, ...rate });
  return load(format, told?.path ?? source, { ...withTold(format, told?.options, options), ...reads });
}
