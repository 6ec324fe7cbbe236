/** Layouts of every kind, in files of random bytes, against the formula that says where a sample lies, one sample at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import type { NumericArray } from '../../lib/core/arrays.js';
import { FormatError, SpikeData } from '../../lib/index.js';
import { sampleType } from '../../lib/recordings/flat-file.js';
import { layoutReader } from '../../lib/recordings/layout-reader.js';
import { openLayout } from '../../lib/recordings/layout-recording.js';
import { SampleFiles } from '../../lib/recordings/sample-files.js';
import { oneRun, type SampleLayout, type SampleStream } from '../../lib/recordings/sample-layout.js';
import { Random } from '../prove/random.js';
import { contextOf } from './layout-context.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-layout-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const types = ['|i1', '|u1', '<i2', '>i2', '<u2', '<i3', '>i3', '<i4', '>u4', '<i8', '>i8', '<f4', '>f4', '<f8', '>f8'];

/** A layout, and the bytes of its files. */
interface Made {
  layout: SampleLayout;
  bytes: Uint8Array[];
}

/** Records with bytes of no channel at their ends, and channels in any order: frame after frame, or block after block. */
function makeStream(random: Random, made: Made, channels: number, ends: number[]): SampleStream {
  const { layout } = made;
  const { size } = layout.type;
  const unit = random.chance(0.5) ? 1 : size;
  const head = random.int(0, 3) * unit;
  const blocks = random.chance(0.5);
  const recordSamples = random.chance(0.3) ? 1 : random.int(1, 100);
  // what a channel takes in a record, or in each frame of it
  const own = (blocks ? recordSamples : 1) * size + (random.chance(0.3) ? unit : 0);
  const list = layout.channels as { stream: number; offset: number }[];
  for (let c = channels - 1; c >= 0; c--) list.push({ stream: layout.streams.length, offset: head + c * own });
  const recordBytes = head + channels * own * (blocks ? 1 : recordSamples) + random.int(0, 2) * unit;
  const runs = { files: [] as number[], byteOffsets: [] as number[], samples: [] as number[] };
  for (let total = 0; total < layout.samples || random.chance(0.3); ) {
    const file = random.int(0, ends.length - 1);
    const count = random.int(0, layout.samples);
    runs.files.push(file);
    runs.byteOffsets.push(ends[file] + random.int(0, 9));
    runs.samples.push(count);
    ends[file] = (runs.byteOffsets.at(-1) as number) + Math.ceil(count / recordSamples) * recordBytes;
    total += count;
  }
  return { recordSamples, recordBytes, step: blocks ? size : channels * own, runs };
}

function makeLayout(random: Random, name: string, dtype = random.pick(types)): Made {
  const ends = Array.from({ length: random.int(1, 3) }, () => 0);
  const files = ends.map((_, f) => join(folder, `${name}-${f}.bin`));
  const layout = { type: sampleType(dtype, 'dtype'), samples: random.int(1, 900), files, channels: [], streams: [] };
  const made: Made = { layout, bytes: [] };
  const streams = random.chance(0.6) ? 1 : random.int(1, 5);
  for (let s = 0; s < streams; s++) {
    (layout.streams as SampleStream[]).push(makeStream(random, made, random.int(1, random.pick([3, 20])), ends));
  }
  made.bytes = ends.map((end) => Uint8Array.from({ length: end + random.int(0, 3) }, () => random.int(0, 255)));
  made.bytes.forEach((bytes, f) => {
    writeFileSync(files[f], bytes);
  });
  return made;
}

/** Sample t of a channel, by the formula. */
function sampleAt({ layout, bytes }: Made, channel: number, t: number): number | bigint {
  const { stream, offset } = layout.channels[channel];
  const { recordSamples, recordBytes, step, runs } = layout.streams[stream];
  let run = 0;
  for (; t >= runs.samples[run]; run++) t -= runs.samples[run];
  const record = Math.floor(t / recordSamples);
  const at = runs.byteOffsets[run] + record * recordBytes + offset + (t - record * recordSamples) * step;
  return stored(bytes[runs.files[run]], at, layout.type.descr);
}

function stored({ buffer }: Uint8Array, at: number, descr: string): number | bigint {
  const view = new DataView(buffer, at);
  const little = descr[0] !== '>';
  switch (descr.slice(1)) {
    case 'i1':
      return view.getInt8(0);
    case 'u1':
      return view.getUint8(0);
    case 'i2':
      return view.getInt16(0, little);
    case 'u2':
      return view.getUint16(0, little);
    case 'i3':
      return little
        ? view.getUint8(0) + 256 * view.getUint8(1) + 65536 * view.getInt8(2)
        : view.getUint8(2) + 256 * view.getUint8(1) + 65536 * view.getInt8(0);
    case 'i4':
      return view.getInt32(0, little);
    case 'u4':
      return view.getUint32(0, little);
    case 'i8':
      return view.getBigInt64(0, little);
    case 'f4':
      return view.getFloat32(0, little);
    default:
      return view.getFloat64(0, little);
  }
}

const openMade = ({ layout }: Made) =>
  openLayout(layout, { format: 'made', path: folder, fsHz: 20_000 }, contextOf(folder));

describe('random layouts', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('reads what the formula says, seed %d', async (seed) => {
    const random = new Random(seed);
    const made = makeLayout(random, `read-${seed}`);
    const { layout } = made;
    const context = contextOf(folder);
    const files = await SampleFiles.open(layout.files, context, random.int(1, layout.files.length));
    try {
      for (const most of [1, 64, 1000, 2 ** 22]) {
        const read = layoutReader(layout, files, most);
        const start = random.int(0, layout.samples);
        const end = random.int(start, layout.samples);
        const channels = Array.from({ length: random.int(0, 9) }, () => random.int(0, layout.channels.length - 1));
        const found = await read(start, end, channels, undefined);
        const wanted = channels.flatMap((c) =>
          Array.from({ length: end - start }, (_, i) => sampleAt(made, c, start + i)),
        );
        expect(Array.from(found as Iterable<number | bigint>)).toEqual(wanted);
      }
    } finally {
      await context.close();
    }
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('detects the same in C++, seed %d', async (seed) => {
    const random = new Random(1000 + seed);
    const made = makeLayout(random, `detect-${seed}`, random.pick(['|i1', '<i2', '>u2', '<i3', '>i3', '>i4']));
    const { channels, samples, type } = made.layout;
    const data = new Float64Array(channels.length * samples);
    for (let c = 0; c < channels.length; c++) {
      for (let t = 0; t < samples; t++) data[c * samples + t] = Number(sampleAt(made, c, t));
    }
    const options = { thresholdSigma: 1.2, filter: samples > 100, keepRaw: false, onWarning: () => {} } as const;
    const wanted = await SpikeData.fromThresholding(
      { data, shape: [channels.length, samples] },
      { ...options, fsHz: 20_000 },
    );
    await using recording = await openMade(made);
    expect(recording.dtype).toBe(type.size === 3 ? 'int32' : recording.dtype);
    recording.read = () => Promise.reject(new Error('native code must read this by itself'));
    const found = await detectSpikes(recording, { ...options, threads: random.int(1, 3) });
    expect(found.train).toEqual(wanted.train);
  });
});

describe('a layout that does not fit its files', () => {
  const path = join(folder, 'short.bin');
  writeFileSync(path, new Uint8Array(100));
  // 2 channels in blocks of 4 samples of 2 bytes, after a header of 4: three blocks of 16 bytes, 52 bytes in all
  const stream = { recordSamples: 4, recordBytes: 16, step: 2, runs: oneRun(4, 12) };
  const sound: SampleLayout = {
    type: sampleType('int16', 'dtype'),
    samples: 12,
    files: [path],
    channels: [
      { stream: 0, offset: 0 },
      { stream: 0, offset: 8 },
    ],
    streams: [stream],
  };
  const opening = (layout: SampleLayout) =>
    openLayout(layout, { format: 'made', path, fsHz: 1000 }, contextOf(folder)).then((recording) => recording.close());
  const withStream = (changed: Partial<SampleStream>) => ({ ...sound, streams: [{ ...stream, ...changed }] });

  it('opens where it does', async () => {
    await opening(sound);
    // to the last byte: 6 blocks are 96 bytes
    await opening({ ...withStream({ runs: oneRun(4, 24) }), samples: 24 });
  });

  it.each<[string, SampleLayout, RegExp]>([
    ['a run beyond the file', withStream({ runs: oneRun(5, 24) }), /short\.bin must have 101 bytes .* found 100/],
    ['a run far beyond the file', withStream({ runs: oneRun(4, 2 ** 53 - 1) }), /must have \d+ bytes/],
    ['frames beyond the file', withStream({ recordSamples: 1, runs: oneRun(4, 7) }), /must have 116 bytes/],
    ['fewer samples than are said', { ...sound, samples: 13 }, /13 samples of each channel, found 12/],
    ['samples beyond their record', withStream({ recordBytes: 15 }), /records of at least 16 bytes .* found 15/],
    ['a step that overflows', withStream({ step: 2 ** 52, recordSamples: 2 ** 52 }), /records of at least \d/],
    ['samples that overlap', withStream({ step: 1 }), /samples at least 2 bytes apart, found 1/],
    ['records without a sample', withStream({ recordSamples: 0 }), /records of at least one sample, found 0/],
    ['half a record', withStream({ recordSamples: 2.5 }), /records of at least one sample, found 2\.5/],
    ['records without a byte', withStream({ recordBytes: -16 }), /records of at least one byte, found -16/],
    [
      'a place before the file',
      withStream({ runs: oneRun(-4, 12) }),
      /whole numbers of samples and bytes, found 12, -4/,
    ],
    ['a file that is not there', withStream({ runs: oneRun(4, 12, 1) }), /one of 1 files, found 1/],
    ['a channel in no stream', { ...sound, channels: [{ stream: 1, offset: 0 }] }, /in one of 1 streams, found 1/],
    ['a channel before its record', { ...sound, channels: [{ stream: 0, offset: -2 }] }, /bytes before a channel/],
    ['columns of different lengths', withStream({ runs: { ...oneRun(4, 12), files: [] } }), /found 0 and 1/],
    ['no whole number of samples', { ...sound, samples: Number.NaN }, /a whole number of samples, found NaN/],
  ])('%s is a FormatError', async (_, layout, message) => {
    const error = await opening(layout).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
  });
});

it('reads 24-bit samples of a flat file as int32', async () => {
  const path = join(folder, 'three.bin');
  writeFileSync(path, Uint8Array.from([1, 0, 0, 0xff, 0xff, 0xff, 0, 0, 0x80, 0xff, 0xff, 0x7f]));
  const { openRecording } = await import('../../lib/index.js');
  await using recording = await openRecording(path, { channels: 2, fsHz: 1000, dtype: 'int24' });
  const { data } = await recording.read({ start: 0, end: 2 });
  expect(recording.dtype).toBe('int32');
  expect(data).toEqual(Int32Array.from([1, -(2 ** 23), -1, 2 ** 23 - 1]) as NumericArray);
});

it('stops with the reason of the signal', async () => {
  const made = makeLayout(new Random(5), 'abort', '<i2');
  await using recording = await openMade(made);
  const reason = new Error('enough');
  const reading = recording.read({ start: 0, end: recording.samples }, { signal: AbortSignal.abort(reason) });
  await expect(reading).rejects.toBe(reason);
});
