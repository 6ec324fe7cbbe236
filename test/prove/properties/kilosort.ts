/** KiloSort folders: ours read by numpy, numpy's read by us. */
import { join } from 'node:path';
import { exportSpikeDataToKilosort, loadSpikeDataFromKilosort, type SpikeData, timesFromMs, toMs } from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import type { Property } from '../property.js';
import { drawSpikes, makeSpikes, rates, type SpikesSpec } from '../spikes.js';
import { checkSorted, drawTrains, type Sorted, shapes, type TrainsSpec } from './trains.js';

type KilosortExportSpec = { spikes: SpikesSpec; unit: string; fsHz: number; step: number };

const kilosortExported: Property<KilosortExportSpec> = {
  name: 'kilosort/export',
  weight: 1,
  needs: ['numpy'],
  draw: (random) => ({
    spikes: drawSpikes(random, { negativeStart: false }),
    unit: random.pick(['samples', 'samples', 's', 'ms']),
    fsHz: random.pick(rates),
    step: random.int(1, 5),
  }),
  async check(spec, { folder, python, count }) {
    const sd = makeSpikes(spec.spikes);
    const unit = spec.unit as 'samples' | 's' | 'ms';
    const fsHz = spec.fsHz || 1000;
    const clusterIds = sd.train.map((_, u) => u * Math.max(1, spec.step));
    const target = join(folder, 'ks');
    await exportSpikeDataToKilosort(sd, target, { fsHz, timeUnit: unit, clusterIds });
    const read = await python.ask<Record<string, Float64Array>>('sorters.read_kilosort', { folder: target });
    const stored = sd.train.map((train) => timesFromMs(train, unit, fsHz));
    const found = clusterIds.map(() => [] as number[]);
    const rowOf = new Map(clusterIds.map((id, row) => [id, row]));
    read['spike_times.npy'].forEach((time, i) => {
      found[rowOf.get(Number(read['spike_clusters.npy'][i])) ?? -1].push(Number(time));
    });
    expectTrains(found, stored, 'times in numpy');
    count('round trips', 'KiloSort → numpy');
    const loaded = await loadSpikeDataFromKilosort(target, { fsHz, timeUnit: unit });
    const filled = sd.train.map((_, u) => u).filter((u) => stored[u].length);
    checkById(
      loaded,
      filled.map((u) => ({ id: clusterIds[u], train: toMs(stored[u], unit, fsHz) })),
    );
    if (sd.neuronAttributes?.length && sd.neuronAttributes.every(({ electrode }) => Number.isSafeInteger(electrode))) {
      const byId = new Map(loaded.neuronAttributes?.map(({ unit_id: id, electrode }) => [id, electrode]));
      for (const u of filled)
        expectSame(byId.get(clusterIds[u]), sd.neuronAttributes[u].electrode, `electrode of unit ${u}`);
    }
    count('round trips', 'KiloSort → loader');
  },
};

/** The units that have spikes, whatever others came with them. */
function checkById(sd: SpikeData, expected: readonly { id: number; train: Float64Array }[]): void {
  const rowOf = new Map(sd.neuronAttributes?.map(({ unit_id: id }, row) => [id, row]));
  for (const { id, train } of expected) {
    const row = rowOf.get(id);
    expectNumbers(row === undefined ? undefined : sd.train[row], train, `train of cluster ${id}`);
  }
  const total = expected.reduce((sum, { train }) => sum + train.length, 0);
  expectSame(
    sd.train.reduce((sum, train) => sum + train.length, 0),
    total,
    'spikes in all',
  );
}

type KilosortSpec = TrainsSpec & {
  dtype: string;
  clusterDtype: string;
  shape: string;
  clusterShape: string;
  order: string;
  templates: boolean;
  channels: number;
  labels: boolean;
};

const kilosortWritten: Property<KilosortSpec> = {
  name: 'kilosort/numpy',
  weight: 1,
  needs: ['numpy'],
  draw: (random) => ({
    ...drawTrains(random, 300),
    dtype: random.pick(['<u8', '<i8', '>i8', '<u4', '<i4', '>u4']),
    clusterDtype: random.pick(['<i4', '<u4', '<i8', '<u2', '>i4']),
    shape: random.pick(shapes),
    clusterShape: random.pick(shapes),
    order: random.pick(['C', 'F']),
    templates: random.chance(0.5),
    channels: random.int(2, 64),
    labels: random.chance(0.4),
  }),
  async check(spec, { folder, python, count }) {
    const fsHz = spec.fsHz || 1000;
    const expected = await python.ask<Sorted>('sorters.write_kilosort', { ...spec, fsHz, folder });
    const options = { fsHz, ...(spec.labels ? { clusterInfoTsv: 'cluster_group.tsv' } : {}) };
    // a table without rows names no unit to keep, which is an error of its own
    if (spec.labels && !spec.units) return;
    checkSorted(await loadSpikeDataFromKilosort(folder, options), expected);
    count('files of strangers', 'KiloSort of numpy');
  },
};

export const kilosort = [kilosortExported, kilosortWritten];
