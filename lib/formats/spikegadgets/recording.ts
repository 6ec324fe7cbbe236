/** SpikeGadgets .rec: a configuration, then one packet a sample. */
import { FormatError } from '../../core/errors.js';
import { firstBytes } from '../../io/look.js';
import { withPartFile } from '../../io/part-file.js';
import { findJumps } from '../../recordings/counters.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { oneRun } from '../../recordings/sample-layout.js';
import { chooseRate, locations } from '../../recordings/trace-recording.js';
import { isRecStart, type RecHeader, readRecHeader } from './header.js';

const syncByte = 0x55;

export const spikegadgets: RecordingFormat = {
  marks: 'name.rec (XML with the root element Configuration at its beginning)',
  recognises: async ({ path, isFolder }) => !isFolder && isRecStart(await firstBytes(path, 0, 4096)),
  async open({ path }, context) {
    const header = await readRecHeader(path, context);
    const { dataStart, packetBytes, timestampAt, channels, size, ids, gains, places } = header;
    const samples = Math.floor((size - dataStart) / packetBytes);
    const rest = (size - dataStart) % packetBytes;
    if (rest)
      context.report.warning('frame-cut', `${path} ends within a packet: its last ${rest} bytes are left out`, rest);
    const layout = {
      ...{ type: sampleType('int16', 'dtype'), samples, files: [path] },
      channels: Array.from({ length: channels }, (_, c) => ({ stream: 0, offset: timestampAt + 4 + 2 * c })),
      streams: [{ recordSamples: 1, recordBytes: packetBytes, step: 2, runs: oneRun(dataStart, samples) }],
    };
    const info = {
      ...{ format: 'spikegadgets', path, fsHz: chooseRate(header.fsHz, path, context), channelIds: ids },
      ...{ gainsToUv: gains, offsetsToUv: gains && new Float64Array(channels) },
      channelLocations: places && locations(places),
      ...(await clockOf(header, samples, context)),
    };
    return openLayout(layout, info, context);
  },
};

/** Timestamps count samples, in 32 bits that may turn over; a packet that is none shows by its first byte. */
async function clockOf(header: RecHeader, samples: number, context: RecordContext) {
  const { path, dataStart, packetBytes, timestampAt, fsHz } = header;
  const finder = new GapFinder(path, 1, 1000 / fsHz, context);
  const first = await withPartFile(path, async (file) => {
    const start = (await file.read(dataStart, dataStart + packetBytes)).readUInt32LE(timestampAt);
    const value = (bytes: Buffer, at: number, index: number) => {
      const place = dataStart + index * packetBytes;
      if (bytes[at] !== syncByte) {
        const message = `${path} must have a packet (0x55) at byte ${place}, found 0x${bytes[at].toString(16)}`;
        throw new FormatError(message, { path, location: `byte ${place}` });
      }
      const ticks = (bytes.readUInt32LE(at + timestampAt) - start + 2 ** 32) % 2 ** 32;
      // recordings of more than half the range take a day
      if (ticks > 2 ** 31 && samples < 2 ** 31) {
        const message = `${path} must have timestamps that rise, found one before the first in packet ${index}`;
        throw new FormatError(message, { path, location: `byte ${place}` });
      }
      return ticks;
    };
    const lying = { file, start: dataStart, stride: packetBytes, bytes: timestampAt + 4, count: samples };
    await findJumps({ ...lying, value }, 1, finder, context);
    return start;
  });
  const gaps = finder.check();
  const back = gaps.find(({ ms }) => ms < 0);
  if (back) {
    throw new FormatError(
      `${path} must have timestamps that rise, found one that goes back before sample ${back.sample}`,
      { path },
    );
  }
  return { startMs: (first * 1000) / fsHz, clock: 'acquisition' as const, gaps };
}
