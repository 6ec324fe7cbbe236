/** The stores of a TDT block that hold samples, as streams. */
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import type { SourceContext } from '../../io/context.js';
import { stat } from '../../io/stat.js';
import type { SampleChannel, SampleRuns, SampleStream } from '../../recordings/sample-layout.js';
import { checkRate } from '../../recordings/streams.js';
import { type BlockFiles, type ChannelPieces, formats, readTsq, type Store } from './block.js';
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
  const tevBytes = tev ? (await stat(tev)).size : 0;
  const listed = tsq
    ? await readTsq(tsq, tevBytes, context.signal)
    : { stores: new Map<string, Store>(), start: Number.NaN };
  const separate = new Map<string, SevFile[]>();
  for (const path of sev) {
    const file = await readSev(path);
    separate.set(file.store, [...(separate.get(file.store) ?? []), file]);
  }
  const streams: TdtStream[] = [];
  const missing: string[] = [];
  for (const store of listed.stores.values()) {
    const files = separate.get(store.name);
    separate.delete(store.name);
    if (files) streams.push(separateStream(files, startOf(store, listed.start), folder, context));
    else if (store.separate || !tev) missing.push(store.name);
    else streams.push(tevStream(store, listed.start, tev, context));
  }
  for (const files of separate.values()) streams.push(separateStream(files, 0, folder, context));
  const rate = ({ fsHz, ids }: TdtStream) => fsHz * ids.length;
  return { streams: streams.sort((a, b) => rate(b) - rate(a)), missing };
}

/** ms after the block's start. */
function startOf(store: Store, start: number): number {
  const ms = (store.times.length ? store.times.at(0) - start : Number.NaN) * 1000;
  return Number.isFinite(ms) ? ms : 0;
}

/** Pieces that are whole in the .tev; of all channels as many as of the one that has least, since a cycle may have been cut. */
function tevStream(store: Store, start: number, tev: string, { report }: Context): TdtStream {
  const { name, channels, format } = store;
  const fsHz = checkRate(store.fsHz, tev, name);
  const ids = [...channels.keys()].sort((a, b) => a - b);
  const all = ids.map((id) => channels.get(id) as ChannelPieces);
  const count = all.reduce((least, { whole }) => Math.min(least, whole), all[0].whole);
  const most = store.times.length;
  if (count < most) {
    const message = `${name} is listed with ${most} pieces a channel, of which ${count} are there for all channels and are read (${tev})`;
    report.warning('pieces-missing', message, most - count);
  }
  for (const [c, { differs }] of all.entries()) {
    if (differs >= count) continue;
    const message = `Channels of ${name} must have pieces of the same times and lengths, found another in piece ${differs} of channel ${ids[c]} (${tev})`;
    throw new FormatError(message, { path: tev, location: name });
  }
  const pieces = { times: store.times.values.subarray(0, count), samples: store.samples.values.subarray(0, count) };
  const files = new Uint32Array(count);
  return {
    ...{ name, fsHz, format, ids, files: [tev], pieces },
    samples: pieces.samples.reduce((sum, n) => sum + n, 0),
    ...eachAlone(
      all.map(({ offsets }) => ({
        ...{ files, samples: pieces.samples },
        byteOffsets: offsets.values.subarray(0, count),
      })),
      formats[format].size,
    ),
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
