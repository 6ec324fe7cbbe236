/** Plexon PLX: the continuous channels, each in fragments between spikes and events. */
import { createHash } from 'node:crypto';
import { FormatError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { firstBytes } from '../../io/look.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { checkRate, chooseStream, namedApart, rateName } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { eachBlock } from './blocks.js';
import { isPlxStart, type PlxHeader, readPlxHeader, type SlowChannel } from './header.js';

export const plexon: RecordingFormat = {
  marks: 'name.plx (PLEX at its beginning)',
  recognises: async ({ path, isFolder }) => !isFolder && isPlxStart(await firstBytes(path, 0, 4)),
  async open({ path }, context) {
    const header = await readPlxHeader(path);
    const stream = chooseStream(await streamsIn(header, context), path, context);
    const { channels, fsHz } = stream;
    const [{ fragments }] = channels;
    const layout = {
      ...{
        type: sampleType('int16', 'dtype'),
        samples: fragments.samples.values.reduce((sum, n) => sum + n, 0),
        files: [path],
      },
      channels: channels.map((_, c) => ({ stream: c, offset: 0 })),
      streams: channels.map((channel) => ({
        ...{ recordSamples: 1, recordBytes: 2, step: 2 },
        runs: {
          files: new Uint32Array(channel.fragments.samples.length),
          byteOffsets: channel.fragments.byteOffsets.values,
          samples: channel.fragments.samples.values,
        },
      })),
    };
    const gains = channels.map(({ slow }) => slow.gain);
    const known = gains.some((gain) => !Number.isNaN(gain));
    const info = {
      ...{
        format: 'plexon',
        path,
        fsHz: chooseRate(fsHz, path, context),
        channelIds: channels.map(({ slow }) => slow.number),
      },
      gainsToUv: known ? Float64Array.from(gains) : null,
      offsetsToUv: known ? Float64Array.from(gains, (gain) => gain * 0) : null,
      startMs: (fragments.times.values[0] * 1000) / header.resolution,
      gaps: gapsOf(fragments, fsHz, header, context),
    };
    return openLayout(layout, info, context);
  },
};

interface Fragments {
  times: Growing;
  samples: Growing;
  byteOffsets: Growing;
}

interface PlxStream {
  name: string;
  fsHz: number;
  channels: { slow: SlowChannel; fragments: Fragments }[];
}

/** As many as a layout may have. */
const mostFragments = 2 ** 24;

/** Channels of one rate whose fragments have the same times are one stream. @throws FormatError where none has samples */
async function streamsIn(header: PlxHeader, context: RecordContext): Promise<PlxStream[]> {
  const { path } = header;
  const fragments = new Map<number, Fragments>();
  const growing = () => new Growing(mostFragments, path);
  for (const { enabled, number } of header.slow) {
    if (enabled) fragments.set(number, { times: growing(), samples: growing(), byteOffsets: growing() });
  }
  await eachBlock(
    header,
    ({ type, channel, time, words, byteOffset }) => {
      const found = type === 'samples' && words > 0 ? fragments.get(channel) : undefined;
      if (!found) return;
      found.times.push(time);
      found.samples.push(words);
      found.byteOffsets.push(byteOffset);
    },
    context,
  );
  const streams = new Map<string, PlxStream>();
  for (const slow of header.slow) {
    const found = slow.enabled ? fragments.get(slow.number) : undefined;
    if (!found?.samples.length) continue;
    const fsHz = checkRate(slow.fsHz, path, `continuous channel ${slow.number}`);
    const hash = createHash('sha1').update(String(fsHz)).update(found.times.values).update(found.samples.values);
    const key = hash.digest('hex');
    const stream = streams.get(key) ?? { name: rateName(fsHz), fsHz, channels: [] };
    stream.channels.push({ slow, fragments: found });
    streams.set(key, stream);
  }
  if (!streams.size) {
    const message = `${path} must hold continuous samples, found none: loadSpikeDataFromPlexon loads its spikes`;
    throw new FormatError(message, { path });
  }
  const found = [...streams.values()].sort((a, b) => b.fsHz - a.fsHz || b.channels.length - a.channels.length);
  return namedApart(found, ({ channels: [{ slow }] }) => slow.name || String(slow.number));
}

function gapsOf({ times, samples }: Fragments, fsHz: number, header: PlxHeader, context: RecordContext) {
  const { path, resolution } = header;
  const ticks = resolution / fsHz;
  const finder = new GapFinder(path, ticks, 1000 / resolution, context);
  const [starts, counts] = [times.values, samples.values];
  let sample = 0;
  for (let f = 1; f < starts.length; f++) {
    sample += counts[f - 1];
    const extra = starts[f] - starts[f - 1] - counts[f - 1] * ticks;
    if (!(Math.abs(extra) <= ticks / 2)) finder.addGap(sample, extra);
  }
  return finder.check();
}
