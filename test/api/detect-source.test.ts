/** Detection that reads files by itself, whatever they hold and however it is cut. */
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import type { NdArray } from '../../lib/core/arrays.js';
import { pickOptions } from '../../lib/core/known-options.js';
import { type ThresholdOptions, thresholdOptionNames } from '../../lib/detection/threshold.js';
import { detectSpikes, FormatError, LimitError, openRecording, type Progress } from '../../lib/index.js';
import { openRecordingNames } from '../../lib/recordings/recording.js';
import { type DetectionCase, describeCase, expected, makeTraces, optionsOf, timesOf } from '../detection/recording.js';
import { openHdf5 } from '../support/h5wasm.js';
import { cutPieces } from '../support/pieces.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-source-'));
const { signalKernels } = native().buildInfo();
const cases = expected.detections;
const find = (channels: number, samples: number) =>
  cases.find((c) => c.channels === channels && c.samples === samples && c.hysteresis && c.direction === 'both')!;
const wide = find(37, 4003);

afterEach(() => {
  delete process.env.SPIKELAB_ISA;
  cutPieces(undefined);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Layout = 'time-channels' | 'channels-time';

/** Values in the order of the file, `extra` columns of noise behind those of the channels. */
function laidOut({ data, shape }: NdArray, layout: Layout, extra = 0): Float64Array {
  const [channels, samples] = shape;
  const width = channels + extra;
  const out = new Float64Array(width * samples).map((_, i) => i % 97);
  for (let c = 0; c < channels; c++) {
    for (let t = 0; t < samples; t++) {
      out[layout === 'time-channels' ? t * width + c : c * samples + t] = Number(data[c * samples + t]);
    }
  }
  return out;
}

const writers: Record<string, [bytes: number, put: (view: DataView, at: number, value: number) => void]> = {
  '<i2': [2, (view, at, value) => view.setInt16(at, value, true)],
  '>i2': [2, (view, at, value) => view.setInt16(at, value)],
  '<i4': [4, (view, at, value) => view.setInt32(at, value, true)],
  '>u4': [4, (view, at, value) => view.setUint32(at, value)],
  '<i8': [8, (view, at, value) => view.setBigInt64(at, BigInt(value), true)],
  '<f4': [4, (view, at, value) => view.setFloat32(at, value, true)],
  '>f8': [8, (view, at, value) => view.setFloat64(at, value)],
  '<f8': [8, (view, at, value) => view.setFloat64(at, value, true)],
};

function writeFlat(name: string, values: Float64Array, dtype: string, byteOffset = 0): string {
  const [bytes, put] = writers[dtype];
  const view = new DataView(new ArrayBuffer(byteOffset + values.length * bytes));
  for (const [i, value] of values.entries()) put(view, byteOffset + i * bytes, value);
  const path = join(folder, name);
  writeFileSync(path, view);
  return path;
}

async function writeHdf5(name: string, values: Float64Array, shape: number[], more: object, dtype = '<h') {
  const path = join(folder, name);
  const file = await openHdf5(path, 'w');
  const data = dtype === '<h' ? Int16Array.from(values) : values;
  file.create_dataset({ name: 'traces', data, shape, dtype, ...more } as never);
  file.close();
  return path;
}

/** Detects without ever calling `read`. */
async function detectNatively(path: string, options: OpenRecordingOptions & ThresholdOptions) {
  await using recording = await openRecording(path, pickOptions(options, openRecordingNames));
  recording.read = () => Promise.reject(new Error('native code must read this by itself'));
  return await detectSpikes(recording, pickOptions<ThresholdOptions>(options, thresholdOptionNames));
}

const timesOfCase = (c: DetectionCase) => c.spikes.map((samples) => timesOf(samples, c.fsHz));

/** One thread and two, in pieces as they come and in small ones, which put borders inside spikes. */
async function expectSpikes(c: DetectionCase, path: string, options: OpenRecordingOptions & ThresholdOptions) {
  for (const threads of [1, 2]) {
    for (const samples of [undefined, 64, 1000]) {
      cutPieces(samples);
      const sd = await detectNatively(path, { ...optionsOf(c), threads, ...options });
      expect(sd.train, `${threads} threads, pieces of ${samples ?? 'its own'}`).toEqual(timesOfCase(c));
    }
  }
}

describe.each(signalKernels)('flat files with the %s kernels', (isa) => {
  it.each(
    Object.keys(writers).flatMap((dtype) => [[dtype, 'time-channels'] as const, [dtype, 'channels-time'] as const]),
  )("%s, %s: scipy's spikes", async (dtype, layout) => {
    process.env.SPIKELAB_ISA = isa;
    const values = laidOut(makeTraces(wide), layout).map((v) => (dtype === '>u4' ? v + 100_000 : v));
    const path = writeFlat('flat.bin', values, dtype, 10);
    const options = { format: 'binary', channels: 37, dtype, layout, byteOffset: 10 } as const;
    await expectSpikes(wide, path, options);
  });

  it.each(cases.map((c) => [describeCase(c), c] as const))('%s', async (_, c) => {
    process.env.SPIKELAB_ISA = isa;
    const path = writeFlat('frames.bin', laidOut(makeTraces(c), 'time-channels'), '<f8');
    for (const [threads, samples] of [
      [1, undefined],
      [2, 777],
      [2, 50_000],
    ] as const) {
      cutPieces(samples);
      const options = { ...optionsOf(c), format: 'binary', channels: c.channels, dtype: 'float64', threads } as const;
      expect((await detectNatively(path, options)).train).toEqual(timesOfCase(c));
    }
  });
});

describe('SpikeGLX', () => {
  it('leaves the sync word out', async () => {
    const path = writeFlat('run.ap.bin', laidOut(makeTraces(wide), 'time-channels', 1), '<i2');
    const meta = ['typeThis=imec', 'imSampRate=20000', 'nSavedChans=38', 'snsApLfSy=37,0,1', 'snsSaveChanSubset=all'];
    writeFileSync(path.replace('.bin', '.meta'), `${meta.join('\n')}\n`);
    await expectSpikes(wide, path, { format: 'spikeglx' });
  });
});

describe('HDF5 datasets', () => {
  const shapes = { 'time-channels': [4003, 37], 'channels-time': [37, 4003] };
  const chunkings: Record<Layout, number[][]> = {
    'time-channels': [
      [1000, 37],
      [512, 16],
      [4096, 5],
      [100, 40],
      [64, 1],
    ],
    'channels-time': [
      [37, 1000],
      [16, 512],
      [5, 4096],
      [1, 8192],
      [40, 100],
    ],
  };
  for (const layout of ['time-channels', 'channels-time'] as const) {
    const shape = shapes[layout];
    const storages: [string, object][] = [
      ['contiguous', {}],
      ...chunkings[layout].flatMap((chunk): [string, object][] => {
        const chunks = chunk.map((n, d) => Math.min(n, shape[d]));
        return [
          [`chunks ${chunks}`, { chunks }],
          [`gzip'd chunks ${chunks}`, { chunks, compression: 'gzip', compression_opts: [4] }],
        ];
      }),
    ];
    it.each(storages)(`${layout}, %s`, async (_, more) => {
      const path = await writeHdf5('traces.h5', laidOut(makeTraces(wide), layout), shape, more);
      await expectSpikes(wide, path, { format: 'hdf5', dataset: '/traces', layout });
      // 8 MB are too little for a row of the larger chunks
      await expectSpikes(wide, path, { format: 'hdf5', dataset: '/traces', layout, memoryBytes: 2 ** 23 });
    });
  }

  it('reads one dimension as one channel', async () => {
    const one = find(1, 150001);
    const { data } = makeTraces(one);
    const more = { chunks: [10_000], compression: 'gzip', compression_opts: [1] };
    const path = await writeHdf5('one.h5', data as Float64Array, [one.samples], more, '<d');
    await expectSpikes(one, path, { format: 'hdf5', dataset: '/traces' });
  });

  it('decodes no chunk twice, in groups of channels where a row of chunks is too large', async () => {
    const [channels, samples] = [64, 2 ** 17];
    const values = new Float64Array(channels * samples).map((_, i) => Math.imul(i, 0x9e3779b1) >> 22);
    const more = { chunks: [1, 2 ** 16], compression: 'gzip', compression_opts: [1] };
    const path = await writeHdf5('rows.h5', values, [channels, samples], more);
    const file = await native().hdf5Open(path, { maxFileBytes: 1e9, maxArrayBytes: 1e9, maxDepth: 9 } as never, null)
      .result;
    const source = {
      file,
      dataset: '/traces',
      maxArrayBytes: 1e9,
      samples,
      timeFirst: false,
      columns: Uint32Array.from({ length: channels }, (_, c) => c),
    };
    // 64 rows of chunks are 8 MB, of which a quarter of this budget holds 16
    const request = { source, sos: new Float64Array(0), sigma: 5, direction: 'both', hysteresis: true, noise: 'std' };
    const rest = { fsHz: 20000, startTimeMs: 0, spikeCap: 1e7, threads: 2, memoryBytes: 2 ** 23 };
    const found = await native().detectSource({ ...request, ...rest } as never).result;
    expect(found?.noise).toHaveLength(channels);
    expect(native().hdf5Close(file)).toBeLessThan(1.02 * statSync(path).size);
  });

  it('refuses chunks beyond maxArrayBytes', async () => {
    const values = laidOut(makeTraces(wide), 'time-channels');
    const path = await writeHdf5('large.h5', values, [4003, 37], { chunks: [4003, 37] });
    const options = { format: 'hdf5', dataset: '/traces', fsHz: 20000, layout: 'time-channels' } as const;
    const limits = { maxArrayBytes: 100_000 };
    await expect(detectNatively(path, { ...options, limits })).rejects.toThrow(LimitError);
  });

  it('leaves what only libhdf5 can read to it', async () => {
    // scale-offset is filter 6
    const more = { chunks: [1000, 37], compression: 6, compression_opts: [2, 0] };
    const path = await writeHdf5('scaled.h5', laidOut(makeTraces(wide), 'time-channels'), [4003, 37], more);
    const options = { ...optionsOf(wide), format: 'hdf5', dataset: '/traces', layout: 'time-channels' } as const;
    expect((await detectSpikes(path, options)).train).toEqual(timesOfCase(wide));
  });
});

describe('a detection in a file', () => {
  const long = find(2, 600000);
  const opening = { fsHz: long.fsHz, format: 'binary', channels: 2, dtype: 'float64' } as const;
  const detection = { ...optionsOf(long), fsHz: long.fsHz };
  const options = { ...detection, ...opening };
  const write = (name: string) => writeFlat(name, laidOut(makeTraces(long), 'time-channels'), '<f8');

  it('reports its progress up to the end', async () => {
    const seen: Progress[] = [];
    await detectNatively(write('progress.bin'), { ...options, onProgress: (p) => seen.push(p) });
    expect(seen.at(-1)).toEqual({ stage: 'detecting', done: 600_000, total: 600_000, unit: 'samples' });
  });

  it('stops with the reason of its signal', async () => {
    const path = write('stopped.bin');
    cutPieces(16);
    await using recording = await openRecording(path, opening);
    const stop = new AbortController();
    const running = detectSpikes(recording, { ...detection, signal: stop.signal });
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
  });

  it('says where a file ended that was cut off since it was opened', async () => {
    for (const layout of ['time-channels', 'channels-time'] as const) {
      const path = write('cut.bin');
      await using recording = await openRecording(path, { ...opening, layout });
      truncateSync(path, 5_000_000);
      const cut = detectSpikes(recording, detection);
      await expect(cut).rejects.toThrow(FormatError);
      await expect(cut).rejects.toThrow(/cut\.bin could not be read to its end \(it ended early\)/);
    }
  });

  it('says where an HDF5 file ended that was cut off since it was opened', async () => {
    for (const more of [{}, { chunks: [1000, 37] }]) {
      const path = await writeHdf5('cut.h5', laidOut(makeTraces(wide), 'time-channels'), [4003, 37], more);
      const layout = 'time-channels';
      await using recording = await openRecording(path, { format: 'hdf5', dataset: '/traces', fsHz: 20000, layout });
      truncateSync(path, 200_000);
      await expect(detectSpikes(recording)).rejects.toThrow(FormatError);
    }
  });

  it('needs an open recording', async () => {
    const recording = await openRecording(write('closed.bin'), opening);
    await recording.close();
    await expect(detectSpikes(recording)).rejects.toThrow(/must be open/);
  });

  it('counts spikes in order up to the cap', async () => {
    const path = write('capped.bin');
    const sd = await detectNatively(path, { ...options, maxSpikesPerChannel: 100 });
    expect(sd.train).toEqual(long.spikes.map((samples) => timesOf(samples.slice(0, 100), long.fsHz)));
  });
});
