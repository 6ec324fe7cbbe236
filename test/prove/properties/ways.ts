/** Two ways, one answer: the same file by path, by URL, from S3, in a child process, and through the command line. */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  exportSpikeDataToHdf5,
  exportSpikeDataToKilosort,
  exportSpikeDataToNwb,
  exportSpikeDataToPickle,
  type LoadOptions,
  loadSpikeDataFromDandi,
  loadSpikeDataFromHdf5,
  loadSpikeDataFromKilosort,
  loadSpikeDataFromNwb,
  loadSpikeDataFromPickle,
  type Source,
  type SpikeData,
} from 'spikelab';
import { type S3Server, startS3Server } from '../../support/s3-server.js';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property, Tools } from '../property.js';
import { drawSpikes, makeSpikes, type SpikesSpec } from '../spikes.js';
import { Archive } from './archive.js';

const run = promisify(execFile);
export const cli = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url));
const bucket = 'prove';
const fsHz = 30_000;

interface Format {
  file: string;
  save(sd: SpikeData, path: string): Promise<unknown>;
  load(source: Source, options: LoadOptions): Promise<SpikeData>;
  /** What the command line needs to be told. */
  flags: string[];
}

const ragged = { spikeTimesDataset: 'spike_times', spikeTimesIndexDataset: 'spike_times_index' };
const formats: Record<string, Format> = {
  pickle: { file: 'sd.pkl', save: exportSpikeDataToPickle, load: loadSpikeDataFromPickle, flags: [] },
  nwb: { file: 'sd.nwb', save: exportSpikeDataToNwb, load: loadSpikeDataFromNwb, flags: [] },
  hdf5: {
    file: 'sd ü.h5',
    save: exportSpikeDataToHdf5,
    load: (source, options) => loadSpikeDataFromHdf5(source, { ...ragged, ...options }),
    // without --from, `info` lists the datasets of an HDF5 file
    flags: ['--from', 'hdf5', ...Object.entries(ragged).flatMap(([key, value]) => ['--load', `${key}=${value}`])],
  },
  kilosort: {
    file: 'sorted',
    save: (sd, path) => exportSpikeDataToKilosort(sd, path, { fsHz }),
    load: (source, options) => loadSpikeDataFromKilosort(source, { fsHz, ...options }),
    flags: ['--fs', String(fsHz)],
  },
};

type Spec = { spikes: SpikesSpec; format: string; ways: string[] };
/** By their cost: a load from S3 takes milliseconds, a process its start. */
const ways = ['file URL', 'S3', 'http ranges', 'http URL', 'isolated', 'command line', 'converted'];
/** What has a way of its own over http. */
const overHttp: Record<string, readonly string[]> = { 'http URL': ['nwb'], 'http ranges': ['nwb', 'hdf5'] };

let server: Promise<S3Server> | null = null;
/** Each has a place of its own: a folder would have what an earlier case put there. */
let copies = 0;
const archive = new Archive();

const answers: Property<Spec> = {
  name: 'ways/load',
  weight: 2,
  draw: (random) => ({
    spikes: drawSpikes(random, { negativeStart: false, maxSpikes: 300_000, maxUnits: 500 }),
    format: random.pick(Object.keys(formats)),
    ways: random.some(ways, 0.6),
  }),
  async check(spec, tools) {
    const format = formats[spec.format];
    const path = join(tools.folder, format.file);
    await format.save(makeSpikes(spec.spikes), path);
    const plain = await format.load(path, {});
    for (const way of spec.ways.filter((one) => overHttp[one]?.includes(spec.format) ?? true)) {
      await checkWay(way, path, format, plain, tools);
      tools.count('two ways', `${spec.format}: path and ${way}`);
    }
  },
};

async function checkWay(way: string, path: string, format: Format, plain: SpikeData, tools: Tools): Promise<void> {
  switch (way) {
    case 'file URL':
      return same(await format.load(pathToFileURL(path), {}), plain);
    case 'isolated':
      return same(await format.load(path, { isolate: true }), plain);
    case 'S3':
      return same(await fromS3(path, format), plain);
    case 'http ranges':
      return same(await byRanges(path, format), plain);
    case 'http URL':
      return same(await byHttp(path), plain);
    case 'command line':
      return sameAsPrinted(path, plain, format.flags);
    default: {
      const copy = join(tools.folder, 'copy.pkl');
      await run(process.execPath, [cli, 'convert', path, copy, ...format.flags]);
      return same(await loadSpikeDataFromPickle(copy), plain);
    }
  }
}

async function byHttp(path: string): Promise<SpikeData> {
  return loadSpikeDataFromDandi(await archive.serve(await readFile(path)), { allowPrivateHosts: true });
}

/** Read where it lies; the library would download it from a server without ranges, without a word. */
async function byRanges(path: string, format: Format): Promise<SpikeData> {
  const sd = await format.load(await archive.serve(await readFile(path)), { allowPrivateHosts: true });
  expectSame(sd.report?.remote, 'ranges', 'way to the bytes');
  return sd;
}

async function fromS3(path: string, format: Format): Promise<SpikeData> {
  const [source, options] = await onS3(path);
  return format.load(source, options);
}

/** A copy of the file or folder on the local S3 server, and the options that reach it. */
export async function onS3(path: string): Promise<[url: string, options: LoadOptions]> {
  server ??= startS3Server(bucket);
  const { put, options } = await server;
  const isFolder = (await stat(path)).isDirectory();
  const key = `a b/${copies++}/${basename(path)}`;
  for (const name of isFolder ? await readdir(path) : [''])
    await put(name ? `${key}/${name}` : key, await readFile(join(path, name)));
  return [`s3://${bucket}/${key}`, { ...options, forcePathStyle: true }];
}

/** Where a file lay is not what it says. */
function withoutPlace(metadata: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !/^source|folder|path|^dandi|^asset/i.test(key)),
  );
}

function same(found: SpikeData, expected: SpikeData): void {
  expectTrains(found.train, expected.train, 'train');
  expectSame(
    [found.N, found.length, found.startTime],
    [expected.N, expected.length, expected.startTime],
    '[N, length, startTime]',
  );
  expectSame(found.neuronAttributes, expected.neuronAttributes, 'neuronAttributes');
  expectSame(withoutPlace(found.metadata), withoutPlace(expected.metadata), 'metadata');
}

interface Printed {
  startTimeMs: number;
  lengthMs: number;
  spikes: number;
  units: { unit: number; spikes: number; unit_id?: number | string; timesMs: number[] }[];
}

/** What `info` prints of the same place. */
export async function sameAsPrinted(path: string, plain: SpikeData, flags: readonly string[]): Promise<void> {
  const { stdout } = await run(process.execPath, [cli, 'info', path, '--times', ...flags], {
    maxBuffer: 2 ** 28,
  });
  const printed = JSON.parse(stdout) as Printed;
  expectTrains(
    printed.units.map(({ timesMs }) => timesMs),
    plain.train,
    'times printed',
  );
  expectNumbers(
    [printed.startTimeMs, printed.lengthMs],
    [plain.startTime, plain.length],
    '[startTimeMs, lengthMs] printed',
  );
  expectSame(
    printed.spikes,
    plain.train.reduce((sum, { length }) => sum + length, 0),
    'spikes printed',
  );
}

export const twoWays = [answers];
