import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readNpy } from '../../../lib/containers/npy/file.js';
import { OptionError, SpikeLabError } from '../../../lib/core/errors.js';
import type { Finding } from '../../../lib/core/findings.js';
import { exportSpikeDataToKilosort } from '../../../lib/formats/kilosort/export.js';
import { loadSpikeDataFromKilosort } from '../../../lib/formats/kilosort/load.js';
import { SpikeData } from '../../../lib/spike-data/spike-data.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const temporary = useTemporaryFolder();
const train = [[5, 10, 15], [2.5, 20], []];
const warnings = () => {
  const found: Finding[] = [];
  return { found, onWarning: (finding: Finding) => void found.push(finding) };
};

describe('exportSpikeDataToKilosort', () => {
  it('writes samples, unit after unit, halves rounded to even as numpy does', async () => {
    const paths = await exportSpikeDataToKilosort(new SpikeData(train), temporary('ks'), {
      fsHz: 1000,
      clusterIds: [10, 5, 7],
    });
    expect(paths).toEqual({
      spikeTimes: join(temporary('ks'), 'spike_times.npy'),
      spikeClusters: join(temporary('ks'), 'spike_clusters.npy'),
    });
    expect(await readNpy(paths.spikeTimes)).toEqual({
      dtype: 'int64',
      shape: [5],
      data: BigInt64Array.from([5n, 10n, 15n, 2n, 20n]),
    });
    expect((await readNpy(paths.spikeClusters)).data).toEqual(BigInt64Array.from([10n, 10n, 10n, 5n, 5n]));
    expect(readdirSync(temporary('ks')).sort()).toEqual(['spike_clusters.npy', 'spike_times.npy']);
  });

  it('writes large and negative sample numbers whole', async () => {
    const { found, onWarning } = warnings();
    const sd = new SpikeData([[-50, 0, 2 ** 33]], { startTime: -100 });
    const { spikeTimes } = await exportSpikeDataToKilosort(sd, temporary('ks'), { fsHz: 30_000, onWarning });
    expect((await readNpy(spikeTimes)).data).toEqual(BigInt64Array.from([-1500n, 0n, 30n * 2n ** 33n]));
    expect(found.map((f) => f.code)).toEqual(['start-time-lost']);
  });

  it.each(['s', 'ms'] as const)('writes float64 in %s, which loads again', async (timeUnit) => {
    const sd = new SpikeData(train.slice(0, 2), { neuronAttributes: [{ electrode: 4 }, { electrode: 7 }] });
    await exportSpikeDataToKilosort(sd, temporary('ks'), { fsHz: 1000, timeUnit });
    const again = await loadSpikeDataFromKilosort(temporary('ks'), { fsHz: 1000, timeUnit, onWarning: () => {} });
    expect(again.train).toEqual(sd.train);
    expect(again.neuronAttributes?.map(({ electrode }) => electrode)).toEqual([4, 7]);
  });

  it('says what it cannot write: electrodes that are no numbers, ids twice, an old map left behind', async () => {
    const { found, onWarning } = warnings();
    mkdirSync(temporary('ks'));
    writeFileSync(join(temporary('ks'), 'channel_map.npy'), 'old');
    const sd = new SpikeData(train, { neuronAttributes: [{ electrode: 1 }, {}, { electrode: 'A-3' }] });
    await exportSpikeDataToKilosort(sd, temporary('ks'), { fsHz: 1000, clusterIds: [1, 1, 2], onWarning });
    expect(found.map((f) => f.code).sort()).toEqual([
      'cluster-ids-repeated',
      'electrodes-incomplete',
      'empty-units-lost',
      'old-channel-map',
    ]);
  });

  it('checks its options and touches nothing where they are wrong', async () => {
    const sd = new SpikeData(train);
    const attempts: [unknown, unknown, unknown][] = [
      [sd, temporary('ks'), { fsHz: 0 }],
      [sd, temporary('ks'), undefined],
      [sd, temporary('ks'), { fsHz: 1000, clusterIds: [1, 2] }],
      [sd, temporary('ks'), { fsHz: 1000, clusterIds: [1, 2, 0.5] }],
      [sd, temporary('ks'), { fsHz: 1000, clusterIds: [1, 2, -1] }],
      [sd, temporary('ks'), { fsHz: 1000, clusterIds: [1, 2, 2 ** 32] }],
      [sd, temporary('ks'), { fsHz: 1000, spikeTimesFile: 'cluster_info.tsv' }],
      [new SpikeData([[-50]], { startTime: -100 }), temporary('ks'), { fsHz: 1000 }],
      [sd, temporary('ks'), { fsHz: 1000, spikeTimesFile: '../x.npy' }],
      [sd, temporary('ks'), { fsHz: 1000, spikeTimesFile: 'x.npy', spikeClustersFile: 'x.npy' }],
      [{ train }, temporary('ks'), { fsHz: 1000 }],
      [sd, '', { fsHz: 1000 }],
    ];
    for (const [data, folder, options] of attempts) {
      await expect(exportSpikeDataToKilosort(data as SpikeData, folder as string, options as never)).rejects.toThrow(
        OptionError,
      );
    }
    expect(existsSync(temporary('ks'))).toBe(false);
  });

  const back = async (sd: SpikeData, options = {}) => {
    const { found, onWarning } = warnings();
    await exportSpikeDataToKilosort(sd, temporary('ks'), { fsHz: 1000, onWarning, ...options });
    const { neuronAttributes } = await loadSpikeDataFromKilosort(temporary('ks'), { fsHz: 1000, onWarning: () => {} });
    return { codes: found.map((f) => f.code), of: neuronAttributes?.map((a) => [a.unit_id, a.electrode]) };
  };
  const withElectrodes = (electrodes: unknown[], trains = electrodes.map((_, u) => [u + 1])) =>
    new SpikeData(trains, {
      neuronAttributes: electrodes.map((electrode) => ({ electrode }) as { electrode: number }),
    });

  it('leads electrodes back to their units: empty ones, ids of your own, some without, several on one', async () => {
    const info = () => readFileSync(join(temporary('ks'), 'cluster_info.tsv'), 'utf8');
    expect(await back(withElectrodes([4, 2, 6], [[1], [], [3]]))).toEqual({
      codes: ['empty-units-lost'],
      of: [
        [0, 4],
        [2, 6],
      ],
    });
    expect(info()).toBe('cluster_id\tch\n0\t4\n1\t2\n2\t6\n');
    const ownIds = await back(withElectrodes([0, 2, 2, 6]), { clusterIds: [7, 3, 9, 100] });
    expect(ownIds).toEqual({
      codes: [],
      of: [
        [3, 2],
        [7, 0],
        [9, 2],
        [100, 6],
      ],
    });
    // what was written before would be believed: it goes where it is not needed
    expect(await back(withElectrodes([9, 8, 7]))).toEqual({
      codes: [],
      of: [
        [0, 9],
        [1, 8],
        [2, 7],
      ],
    });
    expect(readdirSync(temporary('ks')).sort()).toEqual(['channel_map.npy', 'spike_clusters.npy', 'spike_times.npy']);
  });

  it('lists electrodes that only some units have', async () => {
    expect(await back(withElectrodes([4, undefined, 6n]))).toEqual({
      codes: ['electrodes-incomplete'],
      of: [
        [0, 4],
        [1, undefined],
        [2, 6],
      ],
    });
  });

  it("leaves a table of Phy's, and tells of all that would be believed", async () => {
    mkdirSync(temporary('ks'));
    const phy = 'cluster_id\tch\tgroup\n0\t3\tgood\n';
    writeFileSync(join(temporary('ks'), 'cluster_info.tsv'), phy);
    writeFileSync(join(temporary('ks'), 'templates.npy'), '');
    const { found, onWarning } = warnings();
    await exportSpikeDataToKilosort(withElectrodes([4, 5]), temporary('ks'), {
      fsHz: 1000,
      clusterIds: [5, 9],
      onWarning,
    });
    expect(found).toMatchObject([
      { code: 'old-files', message: expect.stringMatching(/templates\.npy, cluster_info\.tsv/) },
    ]);
    expect(readFileSync(join(temporary('ks'), 'cluster_info.tsv'), 'utf8')).toBe(phy);
  });

  it('writes pieces that end within trains and at their ends', async () => {
    // more spikes than a piece (65,536) takes, in trains of many lengths; the first of a train is the number of those before
    const lengths = [1, 65_535, 0, 65_536, 3, 100_000];
    let start = 0;
    const trains = lengths.map((length) => {
      const times = Float64Array.from({ length }, (_, i) => start + i);
      start += length;
      return times;
    });
    const { spikeTimes, spikeClusters } = await exportSpikeDataToKilosort(new SpikeData(trains), temporary('ks'), {
      fsHz: 1000,
      onWarning: () => {},
    });
    const [times, clusters] = [(await readNpy(spikeTimes)).data, (await readNpy(spikeClusters)).data];
    expect(times.length).toBe(start);
    expect(times.findIndex((time, i) => time !== BigInt(i))).toBe(-1);
    const want = lengths.flatMap((length, u) => Array.from({ length }, () => BigInt(u)));
    expect(clusters.findIndex((cluster, i) => cluster !== want[i])).toBe(-1);
  });

  it('stops where it is aborted, and leaves nothing', async () => {
    const sd = new SpikeData([Float64Array.from({ length: 1_000_000 }, (_, i) => i)]);
    const signal = AbortSignal.timeout(1);
    await expect(exportSpikeDataToKilosort(sd, temporary('ks'), { fsHz: 1000, signal })).rejects.toThrow(/timeout/);
    // the answer does not wait for that
    await vi.waitFor(() => expect(readdirSync(temporary('.'))).toEqual([]));
  });

  it('replaces all files or none', async () => {
    mkdirSync(join(temporary('ks'), 'spike_clusters.npy'), { recursive: true });
    writeFileSync(join(temporary('ks'), 'spike_times.npy'), 'old');
    await expect(exportSpikeDataToKilosort(new SpikeData(train), temporary('ks'), { fsHz: 1000 })).rejects.toThrow(
      SpikeLabError,
    );
    expect(readFileSync(join(temporary('ks'), 'spike_times.npy'), 'utf8')).toBe('old');
    expect(readdirSync(temporary('ks')).sort()).toEqual(['spike_clusters.npy', 'spike_times.npy']);
  });
});
