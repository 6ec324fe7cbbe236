// Environments that end while native work runs. A process of its own for each way (node lifetime.mjs WAY ROUNDS), so that a
// crash shows as the signal it ended by. See test/addon/lifetime.test.ts.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const dist = (name) => import(new URL(`../../dist/${name}`, import.meta.url).href);
const fixture = (name) => new URL(`../../fixtures/${name}`, import.meta.url).pathname;
const quiet = { onWarning: () => {} };
const group = [fixture('hdf5/group.h5'), { groupPerUnit: 'units', ...quiet }];

/** One load by each reader, and what no reader does: detection in memory and from a file, an export. */
const loads = (lib) => [
  () => lib.loadSpikeDataFromHdf5(...group),
  () => lib.loadSpikeDataFromHdf5RawThresholded(fixture('hdf5/raw.h5'), 'raw', { fsHz: 20_000, ...quiet }),
  () => lib.loadSpikeDataFromNwb(fixture('nwb/full.nwb'), quiet),
  () => lib.loadSpikeDataFromMaxwell(fixture('recordings/maxwell_new.raw.h5'), quiet),
  () => lib.loadSpikeDataFromNeo(fixture('neo/made.nix'), quiet),
  () => lib.loadSpikeDataFromPickle(fixture('pickle/spikedata.p5.pkl'), quiet),
  () => lib.loadSpikeDataFromKilosort(fixture('kilosort/curated'), { fsHz: 30_000, ...quiet }),
  () => lib.loadSpikeDataFromSpikeLabSortedNpz(fixture('npz/sorted.npz'), quiet),
  () => lib.loadSpikeDataFromSpikeInterface(fixture('spikeinterface/sorting.zarr'), quiet),
  () => lib.detectSpikes(fixture('recordings/spikeglx_np1'), quiet),
  () =>
    lib.SpikeData.fromThresholding([Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i))], {
      fsHz: 20_000,
      ...quiet,
    }),
];

// Each starts over until its thread ends; that some of the files are refused does not matter here.
const loadForever = async (lib) => {
  for (;;) await Promise.allSettled(loads(lib).map(async (load) => load()));
};

const inWorker = {
  async loadAndEnd() {
    const { openHdf5 } = await dist('containers/hdf5/file.js');
    const file = await openHdf5(fixture('hdf5/group.h5'), {});
    await file.list('/');
  },
  async loadForever() {
    const lib = await dist('index.js');
    parentPort.postMessage('loading');
    await loadForever(lib);
  },
  // 25 MB: above what malloc maps by itself and gives back at once, so that a read after the end is a SIGSEGV; below what
  // the addon keeps for its next result
  async filterResults() {
    const { butterFilter } = await dist('index.js');
    const options = { fsHz: 20_000, lowcut: 300, highcut: 6000 };
    let traces = { data: new Float64Array(3_200_000), shape: [16, 200_000] };
    for (;;) {
      traces = await butterFilter(traces, options);
      parentPort.postMessage('filtered');
    }
  },
};

const worker = (task) => new Worker(new URL(import.meta.url), { workerData: task });
const ended = (thread) => new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject));

/** `rounds` times `once(round)`, four at a time. */
async function inFours(rounds, once) {
  let next = 0;
  const line = async () => {
    while (next < rounds) await once(next++);
  };
  await Promise.all([line(), line(), line(), line()]);
}

const terminated = async (round) => {
  const thread = worker('loadForever');
  await new Promise((resolve, reject) => thread.on('message', resolve).on('error', reject));
  await new Promise((resolve) => setTimeout(resolve, (round * 7919) % 60));
  await thread.terminate();
};

const ways = {
  /** Workers, the only ones that load the addon, one after the other: it would be unloaded with each. */
  async workersOnly(rounds) {
    for (let i = 0; i < rounds; i++) await ended(worker('loadAndEnd'));
  },
  async workersAndMain(rounds) {
    const lib = await dist('index.js');
    await inFours(rounds, async () => {
      const [exitCode] = await Promise.all([ended(worker('loadAndEnd')), lib.loadSpikeDataFromHdf5(...group)]);
      if (exitCode !== 0) throw new Error(`a worker ended with ${exitCode}`);
    });
  },
  terminated: (rounds) => inFours(rounds, terminated),
  /** Jobs that read what an earlier job has made, in memory that Node frees before it waits for any job. */
  async terminatedOverResults(rounds) {
    for (let i = 0; i < rounds; i++) {
      const thread = worker('filterResults');
      await new Promise((resolve, reject) => thread.on('message', resolve).on('error', reject));
      await new Promise((resolve) => setTimeout(resolve, 3));
      await thread.terminate();
    }
  },
  /** Its number is the time before the exit, in milliseconds. */
  async exitInJob(afterMs) {
    loadForever(await dist('index.js'));
    setTimeout(() => process.exit(0), afterMs);
  },
};

if (isMainThread) await ways[process.argv[2]](Number(process.argv[3]));
else await inWorker[workerData]();
