/** Attributes with a value for each spike, against what numpy's slices and concatenations give: worked out by hand. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SpikeData } from '../../lib/index.js';

const warned: string[] = [];
const hear = (warning: Error & { code?: string }) => void warned.push(`${warning.code}: ${warning.message}`);
beforeEach(() => {
  warned.length = 0;
  process.on('warning', hear);
});
afterEach(() => void process.off('warning', hear));
const said = () => new Promise<string>((resolve) => setImmediate(() => resolve(warned.join('\n'))));

const units = () => [
  {
    unit_id: 5,
    location: [1, 2, 3],
    spike_amplitudes: Float32Array.of(-10, -20, -30),
    phase: [0.1, 0.2, 0.3],
    spike_locations: { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] },
  },
  {
    unit_id: 6,
    location: [4, 5, 6],
    spike_amplitudes: Float32Array.of(-7),
    phase: [0.7],
    spike_locations: { data: Float64Array.of(7, 8), shape: [1, 2] },
  },
];
const make = (metadata: Record<string, unknown> = { amplitude_unit: 'uV' }) =>
  new SpikeData([[10, 20, 30], [25]], { length: 40, neuronAttributes: units(), metadata });
const amplitudes = (sd: SpikeData) => sd.neuronAttributes?.map((unit) => unit.spike_amplitudes);

it('cuts them with the spikes, and leaves a place of three numbers in a unit of three spikes', () => {
  const cut = make().subtime(15, 30);
  expect(cut.train.map((times) => [...times])).toEqual([[5], [10]]);
  expect(cut.neuronAttributes).toEqual([
    {
      unit_id: 5,
      location: [1, 2, 3],
      spike_amplitudes: Float32Array.of(-20),
      phase: [0.2],
      spike_locations: { data: Float64Array.of(3, 4), shape: [1, 2] },
    },
    {
      unit_id: 6,
      location: [4, 5, 6],
      spike_amplitudes: Float32Array.of(-7),
      phase: [0.7],
      spike_locations: { data: Float64Array.of(7, 8), shape: [1, 2] },
    },
  ]);
  expect(amplitudes(make().subtime(35))).toEqual([new Float32Array(0), new Float32Array(0)]);
});

it('cuts them into epochs, and keeps them in subsets', () => {
  const epochs = make({
    rec_chunks_ms: [
      [0, 20],
      [20, 40],
    ],
  }).splitEpochs();
  expect(epochs.map(amplitudes)).toEqual([
    [Float32Array.of(-10), new Float32Array(0)],
    [Float32Array.of(-20, -30), Float32Array.of(-7)],
  ]);
  expect(amplitudes(make().subset([1]))).toEqual([Float32Array.of(-7)]);
});

it('joins them where both sides have them, in one unit', async () => {
  const both = make().append(make().subtime(15, 30));
  expect(amplitudes(both)).toEqual([Float32Array.of(-10, -20, -30, -20), Float32Array.of(-7, -7)]);
  expect(both.neuronAttributes?.[0].phase).toEqual([0.1, 0.2, 0.3, 0.2]);
  expect(both.neuronAttributes?.[1].spike_locations).toEqual({ data: Float64Array.of(7, 8, 7, 8), shape: [2, 2] });
  expect(both.neuronAttributes?.[0].location).toEqual([1, 2, 3]);
  expect(await said()).toBe('');
});

it('leaves them out of a joining that one side does not know, or knows in another unit', async () => {
  const bare = new SpikeData([[1], [2]], { length: 40, neuronAttributes: [{ unit_id: 5 }, { unit_id: 6 }] });
  for (const joined of [make().append(bare), bare.append(make())]) {
    expect(amplitudes(joined)).toEqual([undefined, undefined]);
    expect(joined.neuronAttributes?.[0].unit_id).toBe(5);
  }
  expect(await said()).toMatch(/spike-attributes-dropped: append: the attributes spike_amplitudes/);
  expect(amplitudes(make().append(make({ amplitude_unit: 'stored' })))).toEqual([undefined, undefined]);
  // nothing is lost of a side without spikes
  const silent = new SpikeData([[], []], { length: 40 });
  expect(amplitudes(make().append(silent))).toEqual(amplitudes(make()));
});

it('leaves sizes out where units side by side have them in different units', () => {
  const other = make({ amplitude_unit: 'stored' });
  expect(amplitudes(make().concatenateSpikeData(other))).toEqual(new Array(4).fill(undefined));
  expect(amplitudes(make().concatenateSpikeData(make()))).toEqual([
    ...(amplitudes(make()) ?? []),
    ...(amplitudes(make()) ?? []),
  ]);
});

it('leaves out amplitudes that are not as many as the spikes', async () => {
  const wrong = make();
  wrong.neuronAttributes = [{ spike_amplitudes: [1, 2] }, { spike_amplitudes: [1] }];
  expect(amplitudes(wrong.subtime(0, 15))).toEqual([undefined, undefined]);
  expect(await said()).toMatch(/spike-attributes-dropped: subtime/);
  // a subset cuts no train
  expect(amplitudes(wrong.subset([0]))).toEqual([[1, 2]]);
});

it('leaves out places in time, which move', async () => {
  const sd = make();
  sd.neuronAttributes = [{ spike_train_samples: [200, 400, 600] }, { spike_train_samples: [500] }];
  expect(sd.subtime(15, 30, { shiftTo: 0 }).neuronAttributes).toEqual([
    { spike_train_samples: [400] },
    { spike_train_samples: [500] },
  ]);
  expect(sd.subtime(15, 30).neuronAttributes).toEqual([{}, {}]);
  expect(await said()).toMatch(/spike_train_samples/);
});

it('sorts them with the spikes', () => {
  const sd = new SpikeData([[30, 10, 20], [25]], { neuronAttributes: units() });
  expect(amplitudes(sd)).toEqual([Float32Array.of(-20, -30, -10), Float32Array.of(-7)]);
  expect(sd.neuronAttributes?.[0].phase).toEqual([0.2, 0.3, 0.1]);
  expect(sd.neuronAttributes?.[0].spike_locations).toEqual({ data: Float64Array.of(3, 4, 5, 6, 1, 2), shape: [3, 2] });
});

it('cuts waveforms by the times of their own spikes', () => {
  const sd = make();
  sd.neuronAttributes = [
    {
      // (1 channel, 2 samples, 2 spikes): those at 20 and 30 ms
      waveforms: { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] },
      traces_meta: { fs_kHz: 20, spike_times_ms: Float64Array.of(20, 30) },
    },
    {},
  ];
  expect(sd.subtime(25, 40).neuronAttributes?.[0]).toEqual({
    waveforms: { data: Float32Array.of(2, 4), shape: [1, 2, 1] },
    traces_meta: { fs_kHz: 20, spike_times_ms: Float64Array.of(5) },
  });
});
