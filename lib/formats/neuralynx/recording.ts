/** Neuralynx: a .ncs file a channel; those of a folder that were recorded together are one recording. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { FormatError, NotFoundError } from '../../core/errors.js';
import { memberPath } from '../../io/members.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseStream, namedApart, rateName } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { isNeuralynx } from './header.js';
import {
  type NcsFile,
  type NcsRecords,
  readNcsHeader,
  recordBytes,
  recordSamples,
  reportRest,
  runsOf,
  samplesAt,
  scanRecords,
} from './ncs.js';

const ncsName = /\.ncs$/i;
const spikeName = /\.(nse|nst|ntt)$/i;
export const idOf = (path: string) => basename(path).slice(0, -extname(path).length || undefined);

export const neuralynx: RecordingFormat = {
  marks: 'name.ncs ("######## Neuralynx" at its beginning), or a folder of them',
  async recognises({ path, isFolder }) {
    if (!isFolder) return isNeuralynx(path);
    for (const name of await ncsNames(path)) if (await isNeuralynx(join(path, name))) return true;
    return false;
  },
  async open({ path, isFolder }, context) {
    const streams = isFolder ? await streamsIn(path, context) : [await oneFile(path, context)];
    const { channels, records } = chooseStream(streams, path, context);
    const [{ fsHz }] = channels;
    const runs = runsOf(records);
    const layout = {
      type: sampleType('int16', 'dtype'),
      samples: runs.samples.reduce((sum, count) => sum + count, 0),
      files: channels.map((channel) => channel.path),
      channels: channels.map((_, c) => ({ stream: c, offset: samplesAt })),
      streams: channels.map((_, c) => ({
        ...{ recordSamples, recordBytes, step: 2 },
        runs: { ...runs, files: new Uint32Array(runs.samples.length).fill(c) },
      })),
    };
    const gains = channels.map(({ gain }) => gain);
    const known = gains.some((gain) => !Number.isNaN(gain));
    const info = {
      ...{ format: 'neuralynx', path, fsHz: chooseRate(fsHz, path, context) },
      channelIds: channels.map((channel) => idOf(channel.path)),
      gainsToUv: known ? Float64Array.from(gains) : null,
      offsetsToUv: known ? Float64Array.from(gains, (gain) => gain * 0) : null,
      ...{ startMs: records.times[0] / 1000, clock: 'acquisition' as const },
      gaps: gapsOf(records, fsHz, channels[0].path, context),
    };
    return openLayout(layout, info, context);
  },
};

const ncsNames = async (folder: string) =>
  inNaturalOrder((await readdir(folder).catch(() => [])).filter((name) => ncsName.test(name)));

export interface NcsStream {
  name: string;
  channels: NcsFile[];
  records: NcsRecords;
}

async function oneFile(path: string, { report, signal }: RecordContext): Promise<NcsStream> {
  if (spikeName.test(path)) {
    const message = `${path} must hold continuous samples (.ncs), found spikes: loadSpikeDataFromNeuralynx loads them`;
    throw new FormatError(message, { path });
  }
  if (!ncsName.test(path)) {
    throw new FormatError(`${path} must hold continuous samples (.ncs), found a file of another kind`, { path });
  }
  const file = await readNcsHeader(path);
  reportRest(file, report);
  const records = await scanRecords(file, signal);
  if (records.count) return { name: rateName(file.fsHz), channels: [file], records };
  const message = `${path} must hold at least one record of ${recordBytes} bytes with samples behind its header, found none`;
  throw new FormatError(message, { path });
}

/** Read side by side: so many are open at a time. */
const atOnce = 8;

/** In the order of their names. */
async function scannedFiles(folder: string, names: readonly string[], context: RecordContext) {
  const scan = async (name: string) => {
    const path = await memberPath(folder, join(folder, name), context);
    if (!(await isNeuralynx(path))) return [];
    const file = await readNcsHeader(path);
    return [{ name, file, records: await scanRecords(file, context.signal) }];
  };
  const found: Awaited<ReturnType<typeof scan>> = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const some = await Promise.allSettled(names.slice(at, at + atOnce).map(scan));
    // of several broken files the first is told of
    for (const each of some) {
      if (each.status === 'rejected') throw each.reason;
      found.push(...each.value);
    }
  }
  return found;
}

/** Files of one rate whose records have the same times are one stream: the fastest first, then those of most channels. */
async function streamsIn(folder: string, context: RecordContext): Promise<NcsStream[]> {
  const names = await ncsNames(folder);
  const streams = new Map<string, NcsStream>();
  const empty: string[] = [];
  for (const { name, file, records } of await scannedFiles(folder, names, context)) {
    reportRest(file, context.report);
    if (!records.count) {
      empty.push(name);
      continue;
    }
    const hash = createHash('sha1').update(String(file.fsHz));
    for (const column of [records.times, records.valid, records.byteOffsets])
      hash.update(column.subarray(0, records.count));
    const key = hash.digest('hex');
    const stream = streams.get(key);
    if (stream) stream.channels.push(file);
    else streams.set(key, { name: rateName(file.fsHz), channels: [file], records });
  }
  if (empty.length) {
    const list = empty.slice(0, 10).join(', ');
    context.report.warning('channels-empty', `${list} of ${folder} hold no samples and are left out`, empty.length);
  }
  if (!streams.size) throw new NotFoundError(`Files .ncs with samples were expected in ${folder}`, { path: folder });
  const found = [...streams.values()];
  found.sort((a, b) => b.channels[0].fsHz - a.channels[0].fsHz || b.channels.length - a.channels.length);
  return namedApart(found, ({ channels: [first] }) => idOf(first.path));
}

/** Times are whole µs, and clocks drift: steps are compared with half a sample. */
function gapsOf({ times, valid, count }: NcsRecords, fsHz: number, path: string, context: RecordContext) {
  const stepUs = 1e6 / fsHz;
  const finder = new GapFinder(path, stepUs, 1e-3, context);
  let samples = 0;
  for (let r = 1; r < count; r++) {
    samples += valid[r - 1];
    const extra = times[r] - times[r - 1] - valid[r - 1] * stepUs;
    if (!(Math.abs(extra) <= stepUs / 2)) finder.addGap(samples, extra);
  }
  return finder.check();
}
