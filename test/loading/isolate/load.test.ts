import { cpSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type Finding,
  IsolationError,
  loadSpikeDataFromKilosort,
  loadSpikeDataFromSpikeInterface,
  NotFoundError,
  OptionError,
} from '../../../lib/index.js';
import { readers, scratchFolders } from '../../support/readers.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const folder = fileURLToPath(new URL('../../../fixtures/kilosort/curated', import.meta.url));
const temporary = useTemporaryFolder();
const options = { fsHz: 30_000, onWarning: () => {} };

/** `count` zeros of type uint64 that take no room on the disk. */
function writeSparseNpy(path: string, count: number): void {
  const header = `{'descr': '<u8', 'fortran_order': False, 'shape': (${count},), }`.padEnd(117).concat('\n');
  writeFileSync(path, Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}`, 'latin1'));
  truncateSync(path, 128 + 8 * count);
}

describe('isolated loading', () => {
  it('gives what loading here gives: trains, attributes, metadata, report', async () => {
    const here = await loadSpikeDataFromKilosort(folder, options);
    const there = await loadSpikeDataFromKilosort(folder, { ...options, isolate: true });
    expect(there.train).toEqual(here.train);
    expect(there.neuronAttributes).toEqual(here.neuronAttributes);
    expect(there.metadata).toEqual(here.metadata);
    expect([there.N, there.length, there.startTime]).toEqual([here.N, here.length, here.startTime]);
    expect(there.report?.findings).toEqual(here.report?.findings);
    expect(there.report?.spikes).toBe(here.report?.spikes);
  });

  it('forwards warnings and accepts URLs', async () => {
    const collect = async (isolate: boolean) => {
      const found: Finding[] = [];
      const onWarning = (finding: Finding) => void found.push(finding);
      const load = { fsHz: 30_001, clusterInfoTsv: 'cluster_group.tsv', isolate, onWarning };
      await loadSpikeDataFromKilosort(pathToFileURL(folder), load);
      return found;
    };
    expect(await collect(true)).toEqual(await collect(false));
  });

  it('gives errors back as their classes with their fields', async () => {
    const load = loadSpikeDataFromKilosort(join(folder, 'none'), { ...options, isolate: true });
    const error = await load.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', path: join(folder, 'none') });
    const wrong = loadSpikeDataFromKilosort(folder, { fsHz: -1, isolate: true });
    await expect(wrong).rejects.toThrow(OptionError);
  });

  it('is an error when the reader is killed, takes too long, or gets too little memory', async () => {
    const killed = loadSpikeDataFromKilosort(folder, { ...options, isolate: true });
    const watcher = setInterval(() => {
      for (const pid of readers()) process.kill(pid, 'SIGSEGV');
    }, 1);
    const crash = await killed.catch((reason: unknown) => reason);
    clearInterval(watcher);
    expect(crash).toBeInstanceOf(IsolationError);
    expect(crash).toMatchObject({ reason: 'crash', path: folder });

    const big = temporary('big');
    cpSync(folder, big, { recursive: true });
    for (const name of ['spike_times.npy', 'spike_clusters.npy']) writeSparseNpy(join(big, name), 2 ** 28);
    const large = loadSpikeDataFromKilosort(big, { ...options, isolate: { memoryBytes: 2 ** 28 } });
    await expect(large).rejects.toMatchObject({ name: 'IsolationError', reason: 'memory' });

    const slow = loadSpikeDataFromKilosort(folder, { ...options, isolate: { timeoutMs: 1 } });
    await expect(slow).rejects.toMatchObject({ name: 'IsolationError', reason: 'timeout' });
  });

  it('stops with the signal and leaves nothing behind', async () => {
    const big = temporary('big');
    cpSync(folder, big, { recursive: true });
    // long enough for the signal to come in between
    for (const name of ['spike_times.npy', 'spike_clusters.npy']) writeSparseNpy(join(big, name), 2 ** 26);
    const before = scratchFolders();
    const controller = new AbortController();
    const load = loadSpikeDataFromKilosort(big, { ...options, isolate: true, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(load).rejects.toThrow('enough');
    expect(scratchFolders()).toEqual(before);
  });

  it('refuses objects of this process and nonsense limits', async () => {
    const sorting = { getUnitIds: () => [], getSamplingFrequency: () => 1, getUnitSpikeTrain: () => [] };
    await expect(loadSpikeDataFromSpikeInterface(sorting, { isolate: true })).rejects.toThrow(/paths and URLs/);
    await expect(loadSpikeDataFromKilosort(folder, { ...options, isolate: { memoryBytes: -1 } })).rejects.toThrow(
      OptionError,
    );
  });

  it('is held to the folder that root names', async () => {
    const inside = await loadSpikeDataFromKilosort(folder, { ...options, isolate: { root: folder } });
    expect(inside.N).toBeGreaterThan(0);
    const elsewhere = loadSpikeDataFromKilosort(folder, { ...options, isolate: { root: `${folder}/../sparse` } });
    await expect(elsewhere).rejects.toThrow(/isolate\.root must be a folder in which the source lies/);
    const nowhere = loadSpikeDataFromKilosort(folder, { ...options, isolate: { root: `${folder}/none` } });
    await expect(nowhere).rejects.toThrow(NotFoundError);
  });
});
