/** What of an Intan recording lies in which file. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import type { SourceContext } from '../../io/context.js';
import { memberPath } from '../../io/members.js';
import { stat } from '../../io/stat.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import type { RecordPlace } from '../../recordings/recording-format.js';
import { oneRun } from '../../recordings/sample-layout.js';
import { type IntanHeader, type IntanKind, readIntanHeader } from './header.js';
import { blockOf, blockStreams, type IntanStream, kindOrder } from './streams.js';

export interface IntanFiles {
  header: IntanHeader;
  streams: readonly IntanStream[];
  /** Counters of the samples: in the blocks of single files, or in time.dat. */
  times: { files: readonly { path: string; start: number; samples: number }[]; blockBytes: number; unsigned: boolean };
}

type Finding = Pick<SourceContext, 'followLinks'> & { report: Pick<ReportBuilder, 'info' | 'warning'> };

const infoName = /^info\.(rhd|rhs)$/i;
export const singleName = /\.(rhd|rhs)$/i;

/** @throws NotFoundError, FormatError, UnsupportedError */
export async function findIntan({ path, isFolder }: RecordPlace, context: Finding): Promise<IntanFiles> {
  if (!isFolder && singleName.test(path)) {
    const header = await readIntanHeader(path);
    if (header.size > header.bytes || !infoName.test(basename(path))) return singleFiles([header], context);
    return besideHeader(header, dirname(path), context);
  }
  const folder = isFolder ? path : dirname(path);
  const names = inNaturalOrder((await readdir(folder)).filter((name) => singleName.test(name)));
  const info = names.find((name) => infoName.test(name));
  if (info)
    return besideHeader(await readIntanHeader(await memberPath(folder, join(folder, info), context)), folder, context);
  if (!isFolder || !names.length) {
    throw new NotFoundError(`info.rhd or info.rhs, or files .rhd or .rhs, were expected in ${folder}`, {
      path: folder,
    });
  }
  const headers: IntanHeader[] = [];
  for (const name of names) headers.push(await readIntanHeader(await memberPath(folder, join(folder, name), context)));
  return singleFiles(headers, context);
}

/** Files of one recording, which the software cuts at minutes, in the order of their names, which hold the time. */
function singleFiles(headers: readonly IntanHeader[], { report }: Finding): IntanFiles {
  const [header] = headers;
  const alike = JSON.stringify([header.device, header.fsHz, header.names]);
  const other = headers.find((each) => JSON.stringify([each.device, each.fsHz, each.names]) !== alike);
  if (other) {
    const message = `${other.path} must have the rate and channels of ${header.path} to continue it: open one file at a time`;
    throw new FormatError(message, { path: other.path });
  }
  const { bytes } = blockOf(header);
  const files = headers.map((each) => {
    const rest = (each.size - each.bytes) % bytes;
    if (rest) {
      const message = `${each.path} ends within a block of ${bytes} bytes: its last ${rest} bytes are left out`;
      report.warning('frame-cut', message, rest);
    }
    return { path: each.path, bytes: each.bytes, blocks: Math.floor((each.size - each.bytes) / bytes) };
  });
  if (!files.some(({ blocks }) => blocks)) {
    const message = `${header.path} must hold at least one block of ${bytes} bytes behind its header of ${header.bytes}, found ${header.size - header.bytes} bytes`;
    throw new FormatError(message, { path: header.path });
  }
  const times = files.map(({ path, bytes: start, blocks }) => ({ path, start, samples: blocks * header.blockSamples }));
  const unsigned = header.device === 'RHD' && /^1\.[01]$/.test(header.version);
  return { header, streams: blockStreams(header, files), times: { files: times, blockBytes: bytes, unsigned } };
}

/** Names of the files of one channel, by kind; behind them comes the channel's native name. */
const prefixes: Record<IntanKind, string> = {
  amplifier: 'amp-',
  auxiliary: 'aux-',
  supply: 'vdd-',
  analogin: 'board-',
  analogout: 'board-',
  dcamplifier: 'dc-',
  stim: 'stim-',
  digitalin: 'board-',
  digitalout: 'board-',
};

/** A header without samples: those lie beside it. Kinds whose files are all absent were not saved. */
async function besideHeader(header: IntanHeader, folder: string, context: Finding): Promise<IntanFiles> {
  const there = new Set(await readdir(folder));
  const time = there.has('time.dat') ? await sized(folder, 'time.dat', context) : undefined;
  const counted = time && Math.floor(time.size / 4);
  if (!time) context.report.info('clock-unknown', `${folder} has no time.dat: times count from its first sample`);
  const streams: IntanStream[] = [];
  for (const name of kindOrder) {
    if (!header.names[name].length) continue;
    const stream = there.has(`${name}.dat`)
      ? await signalFile(header, name, folder, context)
      : await channelFiles(header, name, folder, there, context);
    if (stream) streams.push(counted === undefined ? stream : upTo(stream, counted, folder, context));
  }
  if (!streams.length) {
    throw new NotFoundError(
      `Files of samples (amplifier.dat, or amp-A-000.dat …) were expected beside ${header.path}`,
      {
        path: folder,
        available: [...there].slice(0, 20),
      },
    );
  }
  const files = time && counted ? [{ path: time.path, start: 0, samples: counted }] : [];
  return { header, streams, times: { files, blockBytes: 0, unsigned: false } };
}

async function sized(folder: string, name: string, context: Finding) {
  const path = await memberPath(folder, join(folder, name), context);
  return { path, size: (await stat(path)).size };
}

const base = (header: IntanHeader, name: IntanKind) => ({
  name,
  fsHz: header.fsHz,
  dtype: name === 'amplifier' ? ('int16' as const) : ('uint16' as const),
});

async function signalFile(
  header: IntanHeader,
  name: IntanKind,
  folder: string,
  context: Finding,
): Promise<IntanStream> {
  const { path, size } = await sized(folder, `${name}.dat`, context);
  const digital = name.startsWith('digital');
  const ids = digital ? [name === 'digitalin' ? 'DIGITAL-IN' : 'DIGITAL-OUT'] : header.names[name];
  const [recordBytes, rest] = [2 * ids.length, size % (2 * ids.length)];
  const samples = Math.floor(size / recordBytes);
  if (rest) {
    const message = `${path} is no whole number of frames of ${ids.length} channels: its last ${rest} bytes are left out`;
    context.report.warning('frame-cut', message, rest);
  }
  return {
    ...base(header, name),
    ...{ ids, files: [path], samples },
    channels: ids.map((_, c) => ({ stream: 0, offset: 2 * c })),
    streams: [{ recordSamples: 1, recordBytes, step: 2, runs: oneRun(0, samples) }],
  };
}

async function channelFiles(
  header: IntanHeader,
  name: IntanKind,
  folder: string,
  there: ReadonlySet<string>,
  context: Finding,
): Promise<IntanStream | null> {
  const ids = header.names[name];
  const names = ids.map((id) => `${prefixes[name]}${id}.dat`);
  const missing = names.filter((file) => !there.has(file));
  if (missing.length === names.length) return null;
  if (missing.length) {
    const message = `${folder} must hold a file for each enabled channel, found none for ${missing.slice(0, 10).join(', ')}`;
    throw new FormatError(message, { path: join(folder, missing[0]) });
  }
  const found: { path: string; size: number }[] = [];
  for (const file of names) found.push(await sized(folder, file, context));
  const counts = found.map(({ size }) => Math.floor(size / 2));
  const samples = counts.reduce((least, count) => Math.min(least, count), counts[0]);
  const longer = counts.filter((count) => count > samples).length;
  if (longer) {
    const message = `${longer} of the ${name} files of ${folder} are longer than the shortest of ${samples} samples: all are read up to there`;
    context.report.warning('lengths-differ', message, longer);
  }
  return {
    ...base(header, name),
    ...{ ids, files: found.map(({ path }) => path), samples },
    channels: ids.map((_, c) => ({ stream: c, offset: 0 })),
    streams: ids.map((_, c) => ({ recordSamples: 1, recordBytes: 2, step: 2, runs: oneRun(0, samples, c) })),
  };
}

/** time.dat says how many samples were recorded. */
function upTo(stream: IntanStream, counted: number, folder: string, { report }: Finding): IntanStream {
  if (stream.samples === counted) return stream;
  const samples = Math.min(stream.samples, counted);
  const message = `time.dat of ${folder} counts ${counted} samples, the ${stream.name} files have ${stream.samples}: ${samples} are read`;
  report.warning('lengths-differ', message, Math.abs(stream.samples - counted));
  return { ...stream, samples };
}
