// npm run demo: makes a recording whose spikes are known, detects them with the command line and with the library, and says
// how many of them were found.
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportSpikeDataToHdf5, loadSpikeDataFromHdf5RawThresholded, SpikeData } from '../dist/index.js';
import { score } from './demo/score.mjs';
import {
  channels,
  footprint,
  fsHz,
  microvoltsPerBit,
  noiseMicrovolts,
  seconds,
  simulatedRecording,
} from './demo/simulated-recording.mjs';
import { run } from './steps.mjs';

const folder = fileURLToPath(new URL('../demo-output/', import.meta.url));
const recording = `${folder}recording.h5`;
const picture = `${folder}raster.png`;
const shown = (path) => relative(process.cwd(), path);

function makeRecording() {
  console.log(`Making a recording: ${channels} channels, ${seconds} s at ${fsHz} Hz, ${noiseMicrovolts} µV of noise …`);
  const { traces, samples, units } = simulatedRecording();
  const truth = new SpikeData(
    units.map((unit) => unit.timesMs),
    {
      length: seconds * 1000,
      neuronAttributes: units.map((unit) => ({ electrode: unit.channel })),
      rawData: { data: traces, shape: [channels, samples] },
      rawTime: fsHz / 1000,
    },
  );
  return { truth, units };
}

function printScore({ rows, unexplained }, detections) {
  console.log('\nAgainst the spikes that were put in, at the channel nearest to each neuron:\n');
  console.log('  channel   peak (µV)   peak / noise   spikes   found');
  for (const { channel, peakMicrovolts, timesMs, found } of rows) {
    const columns = [
      String(channel).padStart(9),
      peakMicrovolts.toFixed(0).padStart(12),
      (peakMicrovolts / noiseMicrovolts).toFixed(1).padStart(15),
      String(timesMs.length).padStart(9),
      `${((100 * found) / timesMs.length).toFixed(0)} %`.padStart(8),
    ];
    console.log(columns.join(''));
  }
  const put = rows.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  const found = rows.reduce((sum, row) => sum + row.found, 0);
  console.log(
    `\n${found} of ${put} spikes (${((100 * found) / put).toFixed(1)} %) have a crossing within 0.5 ms there. Small neurons hide in the\nnoise, and a crossing does not tell which of two neighbours fired.`,
  );
  console.log(
    `${unexplained} of ${detections} detections have no spike within 0.5 ms that reaches their channel with 3 µV.`,
  );
}

mkdirSync(folder, { recursive: true });
const { truth, units } = makeRecording();
await exportSpikeDataToHdf5(truth, recording, { style: 'ragged', rawDataset: 'traces', rawTimeDataset: 'time' });

const args = ['detect', shown(recording), '--dataset', 'traces', '--fs', String(fsHz), '--direction', 'down'];
console.log(`\n$ npx spikelab ${args.join(' ')} --out ${shown(picture)}`);
run(
  process.execPath,
  [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), ...args, '--out', shown(picture)],
  {
    cwd: process.cwd(),
  },
);

const sd = await loadSpikeDataFromHdf5RawThresholded(recording, 'traces', { fsHz, direction: 'down' });
printScore(
  score(sd, units, (unit, channel) => unit.peakMicrovolts * footprint(unit, channel) >= 3),
  sd.train.reduce((sum, train) => sum + train.length, 0),
);
console.log(`
The picture is in ${shown(picture)}, the recording (${microvoltsPerBit} µV a bit) in ${shown(recording)}. Next, try:

  npx spikelab detect ${shown(recording)} --dataset traces --fs ${fsHz} --sigma 4.5 --times
  npx spikelab detect --help
  npx spikelab detect YOUR_RECORDING.h5 --dataset PATH --fs HZ --out raster.svg
`);
