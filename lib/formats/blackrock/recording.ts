/** Blackrock NSx: continuous samples of one rate a file; packets between which recording was paused. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FormatError, NotFoundError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { firstBytes, isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';
import { findJumps } from '../../recordings/counters.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseSegments } from '../../recordings/segments.js';
import { chooseStream } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { isNevStart, readNevHeader } from './nev.js';
import {
  findBlocks,
  isNsxStart,
  type NsxBlocks,
  type NsxChannel,
  type NsxHeader,
  nevBeside,
  readNsxHeader,
} from './nsx.js';

/** Mark, time in 64 bits, number of samples. */
const ptpHeadBytes = 13;
const nsxName = /\.ns[1-9]$/i;
const startOf = (path: string) => firstBytes(path, 0, 8);

export const blackrock: RecordingFormat = {
  marks: 'name.ns1 to name.ns6 (NEURALSG, NEURALCD or BRSMPGRP at its beginning), or their folder',
  async recognises({ path, isFolder }) {
    if (!isFolder) return isNsxStart(await startOf(path)) || isNevStart(await startOf(path));
    for (const name of await nsxNames(path)) if (isNsxStart(await startOf(join(path, name)))) return true;
    return false;
  },
  async open({ path, isFolder }, context) {
    if (!isFolder && isNevStart(await startOf(path))) {
      const message = `${path} must hold continuous samples, found spikes (NEV): loadSpikeDataFromBlackrock loads them`;
      throw new FormatError(message, { path });
    }
    const header = isFolder ? await chooseFile(path, context) : await readNsxHeader(path);
    const found = await findBlocks(header, context.report);
    const channels = await scaledChannels(header, isFolder ? path : dirname(path), context);
    const fsHz = chooseRate(header.fsHz, header.path, context);
    const [gains, offsets] = [channels.map(({ gain }) => gain), channels.map(({ offset }) => offset)];
    const known = gains.some((gain) => !Number.isNaN(gain));
    const { chosen, samples, ...timing } = found.ptp
      ? await ptpTiming(header, found, context)
      : pauses(header, found, context);
    const { frameBytes } = found;
    const inPacket = found.ptp ? frameBytes - 2 * channels.length : 0;
    const layout = {
      ...{ type: sampleType('int16', 'dtype'), samples, files: [header.path] },
      channels: channels.map((_, c) => ({ stream: 0, offset: inPacket + 2 * c })),
      streams: [
        {
          ...{ recordSamples: 1, recordBytes: frameBytes, step: 2 },
          runs: {
            files: new Uint32Array(chosen.length),
            byteOffsets: chosen.map(({ byteOffset }) => byteOffset),
            samples: chosen.map((block) => block.samples),
          },
        },
      ],
    };
    const info = {
      ...{ format: 'blackrock', path: header.path, fsHz, channelIds: channels.map(({ id }) => id), ...timing },
      gainsToUv: known ? Float64Array.from(gains) : null,
      offsetsToUv: known ? Float64Array.from(offsets) : null,
    };
    return openLayout(layout, info, context);
  },
};

const nsxNames = async (folder: string) =>
  (await readdir(folder).catch(() => [])).filter((name) => nsxName.test(name)).sort();

/** The file of the highest rate, unless `dataset` names another by its extension or name. */
async function chooseFile(folder: string, context: RecordContext): Promise<NsxHeader> {
  const names = await nsxNames(folder);
  if (!names.length) {
    throw new NotFoundError(`A file .ns1 to .ns6 was expected in ${folder}`, { path: folder });
  }
  const several = new Set(names.map((name) => name.replace(nsxName, ''))).size > 1;
  const files: { name: string; header: NsxHeader }[] = [];
  for (const name of names) {
    const header = await readNsxHeader(await memberPath(folder, join(folder, name), context));
    files.push({ name: several ? name : name.slice(-3).toLowerCase(), header });
  }
  files.sort((a, b) => b.header.fsHz - a.header.fsHz);
  const { options, report } = context;
  const whole = files.find(({ header }) => basename(header.path) === options.dataset);
  return whole?.header ?? chooseStream(files, folder, { options, report }).header;
}

/** Version 2.1 says no gains, but the .nev of the same recording does. */
async function scaledChannels(header: NsxHeader, root: string, context: RecordContext): Promise<readonly NsxChannel[]> {
  if (header.version !== '2.1') return header.channels;
  const nev = nevBeside(header.path);
  if (nev === header.path || !(await isFile(nev))) return header.channels;
  const read = async () => readNevHeader(await memberPath(root, nev, context));
  const steps = (await readOptional(context.report, `The gains in ${nev}`, read))?.steps;
  return header.channels.map((channel) => {
    const gain = steps?.get(channel.id) ?? Number.NaN;
    return { ...channel, gain, offset: gain * 0 };
  });
}

/** Blocks between which the clock goes on belong together. */
function pauses(header: NsxHeader, { blocks, firstTick }: NsxBlocks, context: RecordContext) {
  const { fsHz, resolution, path } = header;
  const toMs = 1000 / resolution;
  const ticksPerSample = resolution / fsHz;
  const segments: { samples: number; startMs: number; blocks: typeof blocks }[] = [];
  let expected = Number.NaN;
  for (const block of blocks) {
    const last = segments.at(-1);
    if (last && Math.abs(block.ticks - expected) <= ticksPerSample / 2) {
      last.samples += block.samples;
      last.blocks.push(block);
    } else {
      const startMs = (Number(firstTick) + block.ticks) * toMs;
      segments.push({ samples: block.samples, startMs, blocks: [block] });
    }
    expected = block.ticks + block.samples * ticksPerSample;
  }
  const { chosen, ...timing } = chooseSegments(segments, fsHz, path, context);
  return { chosen: chosen.flatMap((segment) => segment.blocks), clock: clockOf(resolution), ...timing };
}

/** Ticks of the precision time protocol count from 1970, or from when a clock was switched on. */
const clockOf = (resolution: number) => (resolution === 1e9 ? ('acquisition' as const) : ('session' as const));

/** Timestamps of each sample, in ns, jitter by some tens: steps are compared with half a sample. */
async function ptpTiming(header: NsxHeader, { blocks, firstTick, frameBytes }: NsxBlocks, context: RecordContext) {
  const { path, fsHz, resolution } = header;
  const [{ byteOffset, samples }] = blocks;
  const finder = new GapFinder(path, resolution / fsHz, 1000 / resolution, context);
  await withPartFile(path, async (file) => {
    const value = (bytes: Buffer, at: number, index: number) => {
      if (bytes[at] !== 1 || bytes.readUInt32LE(at + 9) !== 1) {
        const place = byteOffset + index * frameBytes;
        const message = `${path} must have a packet of one sample at byte ${place}, found mark ${bytes[at]} and ${bytes.readUInt32LE(at + 9)} samples`;
        throw new FormatError(message, { path, location: `byte ${place}` });
      }
      return Number(bytes.readBigUInt64LE(at + 1) - firstTick);
    };
    const lying = { file, start: byteOffset, stride: frameBytes, bytes: ptpHeadBytes, count: samples };
    await findJumps({ ...lying, value }, resolution / fsHz, finder, context);
  });
  const startMs = (Number(firstTick) * 1000) / resolution;
  return { chosen: blocks, samples, startMs, clock: clockOf(resolution), segments: 1, gaps: finder.check() };
}
