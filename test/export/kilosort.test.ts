import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OptionError, SpikeLabError } from '../../lib/errors.js';
import { exportSpikeDataToKilosort } from '../../lib/export/kilosort.js';
import { readNpy } from '../../lib/format/npy.js';
import { loadSpikeDataFromKilosort } from '../../lib/load/kilosort.js';
import type { Finding } from '../../lib/report.js';
import { SpikeData } from '../../lib/spike-data.js';
import { useTemporaryFolder } from '../support/temporary.js';

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
