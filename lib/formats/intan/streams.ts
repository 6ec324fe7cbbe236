/** The streams of one Intan recording, wherever its samples lie: a single file, a file a kind of signal, a file a channel. */
import type { SampleChannel, SampleRuns, SampleStream } from '../../recordings/sample-layout.js';
import type { IntanHeader, IntanKind } from './header.js';

export interface IntanStream {
  name: IntanKind;
  fsHz: number;
  /** As they are stored: int16 or uint16. */
  dtype: 'int16' | 'uint16';
  ids: readonly string[];
  files: readonly string[];
  samples: number;
  channels: readonly SampleChannel[];
  streams: readonly SampleStream[];
}

/** The neural signal first. */
export const kindOrder: readonly IntanKind[] = [
  'amplifier',
  'dcamplifier',
  'auxiliary',
  'supply',
  'analogin',
  'analogout',
  'stim',
  'digitalin',
  'digitalout',
];

interface BlockPart {
  kind: IntanKind;
  /** Channels in the block; 1 for all lines of a digital port together. */
  ids: readonly string[];
  /** Samples a block. */
  samples: number;
  offset: number;
}

/** What a block of a single file holds, and where. */
export function blockOf({ device, names, temperatures, blockSamples: n }: IntanHeader) {
  const parts: BlockPart[] = [];
  let offset = 4 * n;
  const add = (kind: IntanKind, ids: readonly string[], samples: number) => {
    if (ids.length) parts.push({ kind, ids, samples, offset });
    offset += 2 * samples * ids.length;
  };
  const port = (kind: 'digitalin' | 'digitalout') =>
    add(kind, names[kind].length ? [kind === 'digitalin' ? 'DIGITAL-IN' : 'DIGITAL-OUT'] : [], n);
  add('amplifier', names.amplifier, n);
  if (device === 'RHD') {
    add('auxiliary', names.auxiliary, n / 4);
    add('supply', names.supply, 1);
    offset += 2 * temperatures;
    add('analogin', names.analogin, n);
  } else {
    add('dcamplifier', names.dcamplifier, n);
    add('stim', names.stim, n);
    add('analogin', names.analogin, n);
    add('analogout', names.analogout, n);
  }
  port('digitalin');
  port('digitalout');
  return { parts, bytes: offset };
}

/** Files that continue each other: their headers are alike, so are their blocks. */
export function blockStreams(
  header: IntanHeader,
  files: readonly { path: string; bytes: number; blocks: number }[],
): IntanStream[] {
  const { parts, bytes } = blockOf(header);
  const { blockSamples: n, fsHz } = header;
  const streams = parts.map(({ kind, ids, samples, offset }): IntanStream => {
    const runs: SampleRuns = {
      files: files.map((_, f) => f),
      byteOffsets: files.map((file) => file.bytes),
      samples: files.map(({ blocks }) => blocks * samples),
    };
    return {
      name: kind,
      fsHz: (fsHz * samples) / n,
      dtype: 'uint16',
      ids,
      files: files.map(({ path }) => path),
      samples: runs.samples.length ? Array.from(runs.samples).reduce((sum, count) => sum + count, 0) : 0,
      channels: ids.map((_, c) => ({ stream: 0, offset: offset + c * samples * 2 })),
      streams: [{ recordSamples: samples, recordBytes: bytes, step: 2, runs }],
    };
  });
  return streams.sort((a, b) => kindOrder.indexOf(a.name) - kindOrder.indexOf(b.name));
}
