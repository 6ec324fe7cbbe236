/** Headers of Blackrock's NSx files, versions 2.1 to 3.0, and where their samples lie. Source: Blackrock's File Specifications. */
import { basename, dirname, join } from 'node:path';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { Fields } from '../../io/fields.js';
import { type PartFile, withPartFile } from '../../io/part-file.js';

export interface NsxChannel {
  id: number;
  label: string;
  /** µV of a step, and of 0; NaN where the unit is no voltage. */
  gain: number;
  offset: number;
}

export interface NsxHeader {
  path: string;
  version: string;
  /** Of a sample in one of 30 kHz. */
  period: number;
  fsHz: number;
  /** Ticks of timestamps a second. */
  resolution: number;
  channels: readonly NsxChannel[];
  /** Where samples or their first packet begin. */
  dataStart: number;
  size: number;
}

/** Samples of which the timestamps follow each other. */
export interface NsxBlock {
  byteOffset: number;
  samples: number;
  /** Ticks since `firstTick` of the file. */
  ticks: number;
}

export interface NsxBlocks {
  blocks: NsxBlock[];
  firstTick: bigint;
  /** Bytes of a sample of all channels with what is around it: more where each has a packet of its own. */
  frameBytes: number;
  /** Each sample is a packet, with a timestamp of the precision time protocol. */
  ptp: boolean;
}

const magics: Readonly<Record<string, true>> = { NEURALSG: true, NEURALCD: true, BRSMPGRP: true };
export const isNsxStart = (start: string) => magics[start.slice(0, 8)] === true;
const base = 30_000;
const mostHeaderBytes = 2 ** 24;

/** @throws FormatError, UnsupportedError for versions that are not known */
export function readNsxHeader(path: string): Promise<NsxHeader> {
  return withPartFile(path, async ({ read, size }) => {
    const head = await read(0, mostHeaderBytes);
    const fields = new Fields(head, path);
    const magic = fields.text(8);
    if (!isNsxStart(magic)) {
      const message = `${path} must begin with NEURALSG, NEURALCD or BRSMPGRP, found ${JSON.stringify(magic)}`;
      throw new FormatError(message, { path, location: 'byte 0' });
    }
    const header = magic === 'NEURALSG' ? oldHeader(fields) : newHeader(fields, magic, path);
    const { period, channels, dataStart, resolution } = header;
    if (!(period > 0) || !(resolution > 0) || !channels.length) {
      const found = `a period of ${period}, ${resolution} ticks a second and ${channels.length} channels`;
      throw new FormatError(`${path} must have a rate and at least one channel, found ${found}`, { path });
    }
    if (dataStart > size) {
      const message = `${path} must have a header that lies in its ${size} bytes, found one of ${dataStart}`;
      throw new FormatError(message, { path });
    }
    return { ...header, path, fsHz: base / period, size };
  });
}

function oldHeader(fields: Fields) {
  fields.skip(16);
  const [period, count] = [fields.u32(), fields.u32()];
  const channels: NsxChannel[] = [];
  for (let c = 0; c < count; c++) {
    const id = fields.u32();
    channels.push({ id, label: String(id), gain: Number.NaN, offset: Number.NaN });
  }
  return { version: '2.1', period, resolution: base, channels, dataStart: fields.at };
}

function newHeader(fields: Fields, magic: string, path: string) {
  const version = `${fields.u8()}.${fields.u8()}`;
  if (magic === 'BRSMPGRP' ? !version.startsWith('3.') : !/^2\.[23]$/.test(version)) {
    throw new UnsupportedError(
      `NSx ${version}`,
      `${path} is an NSx file of version ${version} (${magic}); 2.1, 2.2, 2.3 and 3.x are read`,
    );
  }
  const dataStart = fields.u32();
  fields.skip(16 + 256);
  const [period, resolution] = [fields.u32(), fields.u32()];
  fields.skip(16);
  const count = fields.u32();
  const channels: NsxChannel[] = [];
  for (let c = 0; c < count; c++) channels.push(channelIn(fields, c, path));
  if (dataStart < fields.at) {
    const message = `${path} must have at least ${fields.at} bytes of header for ${count} channels, found ${dataStart}`;
    throw new FormatError(message, { path, location: 'byte 10' });
  }
  return { version, period, resolution, channels, dataStart };
}

const factors: Record<string, number> = { v: 1e6, mv: 1e3, uv: 1, µv: 1, μv: 1, nv: 1e-3 };

function channelIn(fields: Fields, c: number, path: string): NsxChannel {
  const mark = fields.text(2);
  if (mark !== 'CC') {
    const message = `${path} must describe channel ${c} by CC, found ${JSON.stringify(mark)}`;
    throw new FormatError(message, { path, location: `channel ${c}` });
  }
  const [id, label] = [fields.u16(), fields.text(16)];
  fields.skip(2);
  const [minDigital, maxDigital, minAnalog, maxAnalog] = [fields.i16(), fields.i16(), fields.i16(), fields.i16()];
  const factor = factors[fields.text(16).toLowerCase()] ?? Number.NaN;
  fields.skip(20);
  // no range is no scale
  const step = maxDigital > minDigital ? ((maxAnalog - minAnalog) / (maxDigital - minDigital)) * factor : Number.NaN;
  const gain = step === 0 ? Number.NaN : step;
  return { id, label, gain, offset: minAnalog * factor - minDigital * gain };
}

type Report = Pick<ReportBuilder, 'warning'>;

/** Where samples lie. @throws FormatError where there is none, or what should be a packet is none */
export function findBlocks(header: NsxHeader, report: Report): Promise<NsxBlocks> {
  return withPartFile(header.path, async (file) => {
    const { path, version, dataStart, size, channels } = header;
    const frame = 2 * channels.length;
    const found = version === '2.1' ? flatBlock(header, frame, report) : await packetsIn(file, header, frame, report);
    if (found.blocks.length) return found;
    const message = `${path} must hold samples behind its header of ${dataStart} bytes, found ${size - dataStart} bytes`;
    throw new FormatError(message, { path });
  });
}

function flatBlock({ path, dataStart, size }: NsxHeader, frame: number, report: Report): NsxBlocks {
  const samples = Math.floor((size - dataStart) / frame);
  noteCut((size - dataStart) % frame, path, report);
  const blocks = samples ? [{ byteOffset: dataStart, samples, ticks: 0 }] : [];
  return { blocks, firstTick: 0n, frameBytes: frame, ptp: false };
}

function noteCut(bytes: number, path: string, report: Report): void {
  if (bytes)
    report.warning('frame-cut', `${path} ends within its samples: the last ${bytes} bytes are left out`, bytes);
}

/** As many as a file of hours has where the network stumbles; more are no packets of many samples. */
const mostPackets = 2 ** 22;
/** A packet that is cut off is one behind a packet without points where its clock is at most so much later, and not some samples. */
const emptySeconds = 3600;

async function packetsIn(file: PartFile, header: NsxHeader, frame: number, report: Report): Promise<NsxBlocks> {
  const { path, dataStart, size, version, resolution, fsHz } = header;
  const wide = version.startsWith('3.');
  const headBytes = wide ? 13 : 9;
  const headAt = async (at: number) => {
    const bytes = await file.read(at, at + headBytes);
    if (bytes.length < headBytes) return null;
    const tick = wide ? bytes.readBigUInt64LE(1) : BigInt(bytes.readUInt32LE(1));
    return { mark: bytes[0], tick, points: bytes.readUInt32LE(headBytes - 4) };
  };
  const first = await headAt(dataStart);
  const second = await headAt(dataStart + headBytes + frame);
  const alone = (packet: typeof first) => packet?.mark === 1 && packet.points === 1;
  if (wide && resolution === 1e9 && alone(first) && (second === null || alone(second))) {
    const frameBytes = headBytes + frame;
    noteCut((size - dataStart) % frameBytes, path, report);
    const samples = Math.floor((size - dataStart) / frameBytes);
    const blocks = samples ? [{ byteOffset: dataStart, samples, ticks: 0 }] : [];
    return { blocks, firstTick: first?.tick ?? 0n, frameBytes, ptp: true };
  }
  const blocks: NsxBlock[] = [];
  let [firstTick, packets] = [first?.tick ?? 0n, 0];
  const ticksPerSample = resolution / fsHz;
  for (let at = dataStart; at < size; ) {
    const packet = await headAt(at);
    if (!packet) {
      noteCut(size - at, path, report);
      break;
    }
    if (packet.mark !== 1 || ++packets > mostPackets) {
      const message = `${path} must have a packet of samples (1) at byte ${at}, found ${packet.mark}`;
      throw new FormatError(message, { path, location: `byte ${at}` });
    }
    const byteOffset = at + headBytes;
    const rest = size - byteOffset;
    let bytes = packet.points * frame;
    if (packet.points === 0) {
      // a header without points is skipped where another packet follows; at the end of a crashed recording all that follows is its own
      const next = rest > 0 ? await headAt(byteOffset) : null;
      const whole = next !== null && byteOffset + headBytes + next.points * frame <= size;
      const soon =
        next !== null && next.tick >= packet.tick && Number(next.tick - packet.tick) <= emptySeconds * resolution;
      const follows = next?.mark === 1 && (whole || soon);
      bytes = follows || rest < frame ? 0 : rest - (rest % frame);
      if (bytes)
        report.warning('packet-open', `${path} ends in a packet without a count: ${bytes / frame} samples are read`);
    }
    const samples = Math.min(bytes, rest - (rest % frame)) / frame;
    if (bytes > rest || (packet.points === 0 && bytes)) noteCut(rest % frame, path, report);
    if (bytes > rest) {
      const message = `${path} ends within a packet of ${packet.points} samples: the ${samples} that are there are read`;
      report.warning('packet-cut', message, packet.points - samples);
    }
    if (samples) {
      if (!blocks.length) firstTick = packet.tick;
      const ticks = Number(packet.tick - firstTick);
      const last = blocks.at(-1);
      const follows = last && Math.abs(ticks - last.ticks - last.samples * ticksPerSample) <= ticksPerSample / 2;
      blocks.push({ byteOffset, samples, ticks: follows ? last.ticks + last.samples * ticksPerSample : ticks });
    }
    at = bytes > rest ? size : byteOffset + bytes + (packet.points === 0 && bytes ? rest % frame : 0);
  }
  return { blocks, firstTick, frameBytes: frame, ptp: false };
}

/** The .nev that belongs to an .nsX file. */
export const nevBeside = (path: string) => join(dirname(path), basename(path).replace(/\.ns\d$/i, '.nev'));
