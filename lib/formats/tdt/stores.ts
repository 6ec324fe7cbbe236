/** The stores of a TDT block that hold samples, as streams. */
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import type { SourceContext } from '../../io/context.js';
import { stat } from '../../io/stat.js';
import type { SampleChannel, SampleRuns, SampleStream } from '../../recordings/sample-layout.js';
import { checkRate } from '../../recordings/streams.js';
import { type BlockFiles, formats, readTsq, type Store } from './block.js';
import { readSev, type SevFile, sevHeaderBytes } from './sev.js';

export interface TdtStream {
  name: string;
  fsHz: number;
  format: number;
  /** Numbers of the channels, rising. */
  ids: readonly number[];
  samples: number;
  files: readonly string[];
  channels: readonly SampleChannel[];
  streams: readonly SampleStream[];
  /** Of the first sample, after the block's start. */
  startMs: number;
  /** Of the pieces, s since 1970, with their samples; none for .sev files. */
  pieces: { times: Float64Array; samples: Float64Array } | null;
}

type Context = Pick<SourceContext, 'signal'> & { report: Pick<ReportBuilder, 'warning' | 'info'> };

/**
 * Those of most samples a second first. Stores whose samples are not there are left out, with what is missing.
 *
 * @throws FormatError, UnsupportedError
 */
export async function streamsOf(
  block: BlockFiles,
  context: Context,
): Promise<{ streams: TdtStream[]; missing: string[] }> {
  const { tsq, tev, sev, folder } = block;
  const listed = tsq ? await readTsq(tsq, context.signal) : { stores: new Map<string, Store>(), start: Number.NaN };
  const separate = new Map<string, SevFile[]>();
  for (const path of sev) {
    const file = await readSev(path);
    separate.set(file.store, [...(separate.get(file.store) ?? []), file]);
  }
  const streams: TdtStream[] = [];
  const missing: string[] = [];
  const tevBytes = tev ? (await stat(tev)).size : 0;
  for (const store of listed.stores.values()) {
    const files = separate.get(store.name);
    separate.delete(store.name);
    if (files) streams.push(separateStream(files, startOf(store, listed.start), folder, context));
    else if (store.separate || !tev) missing.push(store.name);
    else streams.push(tevStream(store, listed.start, tev, tevBytes, context));
  }
  for (const files of separate.values()) streams.push(separateStream(files, 0, folder, context));
  const rate = ({ fsHz, ids }: TdtStream) => fsHz * ids.length;
  return { streams: streams.sort((a, b) => rate(b) - rate(a)), missing };
}

const firstTime = (store: Store) => store.channels.values().next().value?.times.values[0] ?? Number.NaN;

/** ms after the block's start. */
function startOf(store: Store, start: number): number {
  const ms = (firstTime(store) - start) * 1000;
  return Number.isFinite(ms) ? ms : 0;
}

/** Pieces that are whole in the .tev; of all channels as many as of the one that has least, since a cycle may have been cut. */
function tevStream(store: Store, start: number, tev: string, tevBytes: number, { report }: Context): TdtStream {
  const { name, channels, format } = store;
  const fsHz = checkRate(store.fsHz, tev, name);
  const { size } = formats[format];
  const ids = [...channels.keys()].sort((a, b) => a - b);
  const all = ids.map((id) => {
    const { times, offsets, samples } = channels.get(id) as NonNullable<ReturnType<typeof channels.get>>;
    return { times: times.values, offsets: offsets.values, samples: samples.values };
  });
  const whole = all.map(({ offsets, samples }) => {
    const cut = offsets.findIndex((offset, p) => !(offset >= 0 && offset + samples[p] * size <= tevBytes));
    return cut < 0 ? offsets.length : cut;
  });
  const count = whole.reduce((least, n) => Math.min(least, n), whole[0]);
  const most = all.reduce((n, { offsets }) => Math.max(n, offsets.length), 0);
  if (count < most) {
    const message = `${name} is listed with ${most} pieces a channel, of which ${count} are there for all channels and are read (${tev})`;
    report.warning('pieces-missing', message, most - count);
  }
  const [first] = all;
  for (const [c, { times, samples }] of all.entries()) {
    for (let p = 0; p < count; p++) {
      if (samples[p] === first.samples[p] && Math.abs(times[p] - first.times[p]) <= 0.5 / fsHz) continue;
      const message = `Channels of ${name} must have pieces of the same times and lengths, found another in piece ${p} of channel ${ids[c]} (${tev})`;
      throw new FormatError(message, { path: tev, location: name });
    }
  }
  const pieces = { times: first.times.subarray(0, count), samples: first.samples.subarray(0, count) };
  return {
    ...{ name, fsHz, format, ids, files: [tev], pieces },
    samples: pieces.samples.reduce((sum, n) => sum + n, 0),
    ...(inCycles(all, count, size) ??
      eachAlone(
        all.map(({ offsets, samples }) => ({
          files: new Uint32Array(count),
          byteOffsets: offsets.subarray(0, count),
          samples: samples.subarray(0, count),
        })),
        size,
      )),
    startMs: startOf(store, start),
  };
}

interface Lying {
  channels: SampleChannel[];
  streams: SampleStream[];
}

/** Channels each of which has runs of its own. */
const eachAlone = (runs: readonly SampleRuns[], size: number): Lying => ({
  channels: runs.map((_, c) => ({ stream: c, offset: 0 })),
  streams: runs.map((each) => ({ recordSamples: 1, recordBytes: size, step: size, runs: each })),
});

/**
 * Pieces of all channels that lie beside each other, in the same order in each cycle, are one record: it is read at once. Null where
 * they are not equally long, or lie otherwise.
 */
function inCycles(
  all: readonly { offsets: Float64Array; samples: Float64Array }[],
  count: number,
  size: number,
): Lying | null {
  const [first] = all;
  const length = first.samples[0];
  if (!count || !length || first.samples.subarray(0, count).some((n) => n !== length)) return null;
  const low = all.reduce((least, { offsets }) => Math.min(least, offsets[0]), first.offsets[0]);
  const places = all.map(({ offsets }) => offsets[0] - low);
  const recordBytes = places.reduce((most, place) => Math.max(most, place), 0) + length * size;
  // pieces of other stores between them may take as much again
  if (recordBytes > 2 * all.length * length * size) return null;
  for (const [c, { offsets }] of all.entries()) {
    const apart = places[c] - places[0];
    for (let p = 1; p < count; p++) if (offsets[p] - first.offsets[p] !== apart) return null;
  }
  const runs = {
    files: new Uint32Array(count),
    byteOffsets: first.offsets.subarray(0, count).map((offset) => offset - places[0]),
    samples: first.samples.subarray(0, count),
  };
  return {
    channels: places.map((offset) => ({ stream: 0, offset })),
    streams: [{ recordSamples: length, recordBytes, step: size, runs }],
  };
}

function separateStream(found: readonly SevFile[], startMs: number, folder: string, { report }: Context): TdtStream {
  const [{ store, fsHz, format }] = found;
  const other = found.find((file) => file.fsHz !== fsHz || file.format !== format);
  if (other) {
    const message = `The .sev files of ${store} must have one rate and format, found ${other.fsHz} Hz and ${other.format} in ${other.path}, ${fsHz} Hz and ${format} before`;
    throw new FormatError(message, { path: other.path });
  }
  const sorted = [...found].sort((a, b) => a.channel - b.channel || a.hour - b.hour);
  const ids = [...new Set(sorted.map(({ channel }) => channel))];
  const totals = ids.map((id) => sorted.reduce((sum, file) => sum + (file.channel === id ? file.samples : 0), 0));
  const samples = totals.reduce((least, n) => Math.min(least, n), totals[0]);
  const longer = totals.filter((n) => n > samples).length;
  if (longer) {
    const message = `${longer} channels of ${store} in ${folder} are longer than the shortest of ${samples} samples: all are read up to there`;
    report.warning('lengths-differ', message, longer);
  }
  const rest = sorted.filter((file) => file.rest).length;
  if (rest) report.warning('frame-cut', `${rest} .sev files of ${store} end within a sample, which is left out`, rest);
  return {
    ...{ name: store, fsHz, format, ids, samples, startMs, pieces: null },
    files: sorted.map(({ path }) => path),
    ...eachAlone(
      ids.map((id) => {
        const own = [...sorted.keys()].filter((f) => sorted[f].channel === id);
        return { files: own, byteOffsets: own.map(() => sevHeaderBytes), samples: own.map((f) => sorted[f].samples) };
      }),
      formats[format].size,
    ),
  };
}

/** @throws NotFoundError where a store has no samples */
export function requireStore(
  name: string | undefined,
  missing: readonly string[],
  folder: string,
  streams: number,
): void {
  if (name !== undefined && missing.includes(name)) {
    const message = `The samples of ${name} should lie in .sev or .tev files in ${folder}, where there are none`;
    throw new NotFoundError(message, { path: folder, location: name });
  }
  if (streams) return;
  const list = missing.length ? `the samples of ${missing.join(', ')} are missing` : 'its list names no stream';
  throw new NotFoundError(`Streams of samples were expected in ${folder}; ${list}`, { path: folder });
}
