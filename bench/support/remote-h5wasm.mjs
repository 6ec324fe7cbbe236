// The tasks of remote.bench.mjs with h5wasm over a simple store of ranges: blocks of 1 MiB, kept. h5wasm reads while it waits, so a
// worker fetches and this thread sleeps.
//
//   fork(remote-h5wasm.mjs, [URL]): a message 'units' or 'window' is answered with { seconds, check }
import { Worker } from 'node:worker_threads';
import h5wasm from 'h5wasm';

const blockBytes = 2 ** 20;
const url = process.argv[2];
const { FS } = await h5wasm.ready;
const shared = new SharedArrayBuffer(16 + blockBytes);
const state = new Int32Array(shared, 0, 4);
const worker = new Worker(
  `
  const { workerData, parentPort } = require('node:worker_threads');
  const { shared, url } = workerData;
  const state = new Int32Array(shared, 0, 4);
  parentPort.on('message', async ({ start, end }) => {
    const answer = await fetch(url, { headers: { range: 'bytes=' + start + '-' + (end - 1) } });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    new Uint8Array(shared, 16).set(bytes);
    state[1] = bytes.length;
    state[2] = Number(answer.headers.get('content-range').split('/')[1]);
    Atomics.store(state, 0, 1);
    Atomics.notify(state, 0);
  });`,
  { eval: true, workerData: { shared, url } },
);
worker.unref();

function fetchBlock(start, end) {
  Atomics.store(state, 0, 0);
  worker.postMessage({ start, end });
  Atomics.wait(state, 0, 0);
  return new Uint8Array(shared, 16, state[1]).slice();
}

let files = 0;
process.on('message', (task) => {
  const begin = performance.now();
  const blocks = new Map([[0, fetchBlock(0, blockBytes)]]);
  const size = state[2];
  const block = (i) => {
    if (!blocks.has(i)) blocks.set(i, fetchBlock(i * blockBytes, Math.min(size, (i + 1) * blockBytes)));
    return blocks.get(i);
  };
  const name = `remote${files++}.h5`;
  const node = FS.createFile('/', name, {}, true, false);
  Object.defineProperty(node, 'usedBytes', { get: () => size });
  node.stream_ops = {
    ...node.stream_ops,
    read(_stream, buffer, offset, length, position) {
      const end = Math.min(size, position + length);
      for (let at = position; at < end; ) {
        const i = Math.floor(at / blockBytes);
        const part = block(i).subarray(at - i * blockBytes, Math.min(blockBytes, end - i * blockBytes));
        buffer.set(part, offset + at - position);
        at += part.length;
      }
      return Math.max(0, end - position);
    },
  };
  const file = new h5wasm.File(`/${name}`, 'r');
  const values =
    task === 'units'
      ? file.get('units/spike_times').value
      : file.get('acquisition/ElectricalSeries/data').slice([[600_000, 620_000]]);
  if (task === 'units') file.get('units/spike_times_index').value;
  let check = 0;
  for (const value of values) check += value;
  file.close();
  process.send({ seconds: (performance.now() - begin) / 1000, check });
});
process.send('ready');
