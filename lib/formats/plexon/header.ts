/** The headers of Plexon's PLX files. Source: Plexon's Plexon.h, with which its SDK describes them. */
import { FormatError } from '../../core/errors.js';
import { Fields } from '../../io/fields.js';
import { headOf } from '../../io/part-file.js';
import { checkRate } from '../../recordings/streams.js';

export interface SlowChannel {
  number: number;
  name: string;
  fsHz: number;
  /** µV of a step; NaN where the header does not say. */
  gain: number;
  enabled: boolean;
  /** As the header counts them, a hint: 0 where it cannot. */
  samples: number;
}

export interface PlxHeader {
  path: string;
  version: number;
  /** Ticks of timestamps a second. */
  resolution: number;
  /** Names of the channels of spikes by their numbers. */
  names: ReadonlyMap<number, string>;
  slow: readonly SlowChannel[];
  /** As the header counts them. */
  spikes: number;
  dataStart: number;
  size: number;
}

const fixedBytes = 256;
const countsBytes = (2 * 130 * 5 + 512) * 4;
const channelBytes = { spike: 1020, event: 296, slow: 296 };
const mostHeaderBytes = 2 ** 24;
/** The counts of events hold those of samples from here on. */
const slowCountsAt = 300;

export const isPlxStart = (start: string) => start.startsWith('PLEX');

/** @throws FormatError */
export async function readPlxHeader(path: string): Promise<PlxHeader> {
  const { head, size } = await headOf(path, mostHeaderBytes);
  const fields = new Fields(head, path);
  const magic = fields.text(4);
  if (magic !== 'PLEX') {
    throw new FormatError(`${path} must begin with PLEX, found ${JSON.stringify(magic)}`, { path, location: 'byte 0' });
  }
  const version = fields.i32();
  fields.skip(128);
  const resolution = checkRate(fields.i32(), path, 'ADFrequency');
  const counts = [fields.i32(), fields.i32(), fields.i32()];
  fields.skip(4 + 4 + 6 * 4 + 4 + 4 + 8 + 2);
  fields.skip(1);
  const slowBits = fields.u8();
  fields.skip(2);
  const slowMaxMv = fields.u16();
  const [spikeHeaders, eventHeaders, slowHeaders] = counts;
  const dataStart =
    fixedBytes +
    countsBytes +
    spikeHeaders * channelBytes.spike +
    eventHeaders * channelBytes.event +
    slowHeaders * channelBytes.slow;
  if (counts.some((count) => count < 0) || dataStart > Math.min(size, mostHeaderBytes)) {
    const message = `${path} must have headers of channels that lie in its ${size} bytes, found counts of ${counts.join(', ')}`;
    throw new FormatError(message, { path, location: 'byte 140' });
  }
  const units = 130 * 5;
  let spikes = 0;
  for (let unit = 0; unit < units; unit++) spikes += Math.max(0, head.readInt32LE(fixedBytes + unit * 4));
  const names = new Map<number, string>();
  fields.at = fixedBytes + countsBytes;
  for (let c = 0; c < spikeHeaders; c++) {
    const next = fields.at + channelBytes.spike;
    const name = fields.text(32);
    fields.skip(32);
    names.set(fields.i32(), name);
    fields.at = next;
  }
  fields.at += eventHeaders * channelBytes.event;
  const slow: SlowChannel[] = [];
  for (let c = 0; c < slowHeaders; c++) {
    const next = fields.at + channelBytes.slow;
    const name = fields.text(32);
    const [number, rate, gain, enabled, preamp] = [
      fields.i32(),
      fields.i32(),
      fields.i32(),
      fields.i32(),
      fields.i32(),
    ];
    const range = version >= 103 ? slowMaxMv / (0.5 * 2 ** slowBits) : 5000 / 2048;
    const gainUv = (range / gain / (version >= 102 ? preamp : 1000)) * 1000;
    const counted =
      slowCountsAt + number < 512 && number >= 0 ? fixedBytes + (2 * units + slowCountsAt + number) * 4 : 0;
    slow.push({
      ...{ number, name, fsHz: rate, enabled: enabled !== 0 },
      gain: Number.isFinite(gainUv) && gainUv !== 0 ? gainUv : Number.NaN,
      samples: counted ? Math.max(0, head.readInt32LE(counted)) : 0,
    });
    fields.at = next;
  }
  return { path, version, resolution, names, slow, spikes, dataStart, size };
}
