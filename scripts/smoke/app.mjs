// What scripts/smoke.mjs runs in the app: loads and detects, by import, by require() and in a worker.
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as spikelab from 'spikelab';

const counts = (sd) => `${sd.N} units, ${sd.train.reduce((sum, train) => sum + train.length, 0)} spikes`;
const did = [`Node ${process.versions.node}`];
const started = performance.now();
did.push(
  `NWB ${counts(await spikelab.loadSpikeDataFromNwb('full.nwb'))} in ${(performance.now() - started).toFixed(0)} ms`,
);
did.push(`KiloSort ${counts(await spikelab.loadSpikeDataFromKilosort('sorted', { fsHz: 32_000 }))}`);
did.push(`pickle ${counts(await spikelab.loadSpikeDataFromPickle('spikedata.pkl'))}`);
did.push(`detected ${counts(await spikelab.detectSpikes('mcs.h5', { thresholdSigma: 2 }))}`);
if (createRequire(import.meta.url)('spikelab').SpikeData !== spikelab.SpikeData)
  throw new Error('require gives other classes');
await new Promise((resolve, reject) => {
  const text = "import('spikelab').then(({ loadSpikeDataFromNwb }) => loadSpikeDataFromNwb('full.nwb'))";
  new Worker(text, { eval: true })
    .on('error', reject)
    .on('exit', (code) => (code ? reject(new Error(`worker: ${code}`)) : resolve()));
});
did.push('worker');
const isolated = await spikelab.loadSpikeDataFromNwb('full.nwb', { isolate: true });
did.push(`isolated ${counts(isolated)}`);
console.log(did.join('; '));
