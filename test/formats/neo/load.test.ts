import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, loadSpikeDataFromNeo, OptionError, UnsafePickleError } from '../../lib/index.js';

const fixture = (name: string): string => new URL(`../../fixtures/neo/${name}`, import.meta.url).pathname;
const segments = JSON.parse(readFileSync(fixture('block.expected.json'), 'utf8')) as {
  trains: number[][];
  window: [number, number];
}[];
const silent = { onWarning: () => {} };

describe('a pickled Neo block', () => {
  it.each([0, 1, 2, 3, 4, 5])('of protocol %i has the trains of each segment in ms', async (protocol) => {
    for (const segmentIndex of [0, 1]) {
      const sd = await loadSpikeDataFromNeo(fixture(`block.p${protocol}.pkl`), { segmentIndex });
      const { trains, window } = segments[segmentIndex];
      expect(sd.train.map((train) => train.length)).toEqual([6, 4, 2, 0]);
      for (const [u, times] of trains.entries()) {
        for (const [i, time] of times.entries()) expect(sd.train[u][i]).toBeCloseTo(time, 9);
      }
      expect([sd.startTime, sd.startTime + sd.length]).toEqual(window);
      expect(sd.metadata).toMatchObject({ block_name: 'block', segment_name: `segment ${segmentIndex}`, lab: 'ours' });
    }
  });

  it('gives units their names, annotations, electrodes and locations', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('block.p4.pkl'), silent);
    expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id)).toEqual(['unit 0', 'unit 1', 42, 'unit 3']);
    expect(sd.neuronAttributes?.[1]).toMatchObject({ electrode: 11, quality: 'good', location: [1.5, 2] });
  });

  it('with several segments warns unless one was asked for', async () => {
    const warned: string[] = [];
    await loadSpikeDataFromNeo(fixture('block.p4.pkl'), { onWarning: ({ code }) => warned.push(code) });
    await loadSpikeDataFromNeo(fixture('block.p4.pkl'), {
      segmentIndex: 0,
      onWarning: ({ code }) => warned.push(code),
    });
    expect(warned).toEqual(['more-segments']);
    const beyond = loadSpikeDataFromNeo(fixture('block.p4.pkl'), { segmentIndex: 2 });
    await expect(beyond).rejects.toMatchObject({ constructor: OptionError, option: 'segmentIndex' });
  });
});

describe('other pickles of Neo', () => {
  it('a train alone', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('train.pkl'));
    expect([[...sd.train], sd.startTime, sd.length]).toEqual([[Float64Array.of(1, 2.5)], 0, 3]);
  });

  it('trains that share one array of times', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('multiplexed.pkl'));
    expect([...sd.train]).toEqual([Float64Array.of(2), new Float64Array(), Float64Array.of(1, 3, 4)]);
    expect(sd.neuronAttributes?.map(({ channel_id }) => channel_id)).toEqual([5, 6, 7]);
    expect(sd.length).toBe(10);
  });

  it('a pickle of something else is a FormatError', async () => {
    const spikeData = new URL('../../fixtures/pickle/spikedata.p4.pkl', import.meta.url);
    await expect(loadSpikeDataFromNeo(spikeData)).rejects.toBeInstanceOf(FormatError);
  });

  it('names beyond the allow-list stay refused', async () => {
    const { writeFile, rm } = await import('node:fs/promises');
    const path = `/tmp/neo-hostile-${process.pid}.pkl`;
    await writeFile(path, 'cneo.io\nget_io\n)R.');
    try {
      await expect(loadSpikeDataFromNeo(path)).rejects.toMatchObject({
        constructor: UnsafePickleError,
        module: 'neo.io',
      });
    } finally {
      await rm(path);
    }
  });
});

describe('a NIX file', () => {
  it.each([0, 1])('segment %i has its trains in ms, in the order in which segments were made', async (segmentIndex) => {
    const sd = await loadSpikeDataFromNeo(fixture('made.nix'), { segmentIndex });
    expect([...sd.train]).toEqual([
      Float64Array.of(100, 250 + 1000 * segmentIndex),
      Float64Array.of(5.5),
      new Float64Array(),
    ]);
    expect([sd.startTime, sd.length]).toEqual([0, 2000]);
    expect(sd.neuronAttributes?.map(({ unit_id, electrode }) => [unit_id, electrode])).toEqual([
      ['train 0', 3],
      ['train 1', 4],
      ['train 2', 5],
    ]);
    expect(sd.metadata).toMatchObject({
      block_name: 'my block',
      block_description: 'a block',
      source_format: 'Neo NIX',
    });
  });
});
