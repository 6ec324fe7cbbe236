import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, loadSpikeDataFromNeo, OptionError, UnsafePickleError } from '../../../lib/index.js';
import { neoTimeScale } from '../../../lib/spike-data/neo-time-units.js';

const fixture = (name: string): string => new URL(`../../../fixtures/neo/${name}`, import.meta.url).pathname;
const segments = JSON.parse(readFileSync(fixture('block.expected.json'), 'utf8')) as {
  trains: number[][];
  window: [number, number];
}[];
const silent = { onWarning: () => {} };

describe('units of time', () => {
  // ms of one unit, by hand
  it.each([
    ['s', 1000],
    ['Seconds', 1000],
    ['1.0 ms', 1],
    ['0.1*ms', 0.1],
    ['1/30000*s', 1 / 30],
    ['(1/30000.0)*s', 1 / 30],
    ['1/30000 s', 1 / 30],
    ['s/25000', 0.04],
    ['1/(25*kHz)', 0.04],
    ['20000*Hz**-1', 20_000_000],
    ['1e-3*s', 1],
    ['2*(3*(ms))', 6],
    ['µs', 0.001],
  ])('%s', (text, ms) => {
    const { multiply, divide } = neoTimeScale(text);
    expect(multiply / divide).toBe(ms);
  });

  it.each([
    '',
    'mV',
    's*s',
    's/s',
    'Hz',
    '1/s',
    '5',
    '1//s',
    '(s',
    's)',
    '0*s',
    '1/0*s',
    's**2',
    '-1*s',
    'S',
    `${'('.repeat(500)}s`,
    null,
  ])('%j is none', (text) => {
    expect(() => neoTimeScale(text)).toThrow(OptionError);
  });
});

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

describe('blocks, segments and trains made within one second', () => {
  // each spike is at 100 × block + 10 × segment + train ms; every third train counts in 1/30000 s
  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])('come in the order in which the file keeps them: block %i, segment %i', async (blockIndex, segmentIndex) => {
    const sd = await loadSpikeDataFromNeo(fixture('order.nix'), { blockIndex, segmentIndex });
    const first = 100 * blockIndex + 10 * segmentIndex;
    expect(sd.train.map(([time]) => time)).toEqual([first, first + 1, first + 2]);
    expect(sd.report?.findings).toEqual([]);
  });

  it('come by their names, with findings, where the file keeps none', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('no_order.nix'), { ...silent, blockIndex: 0, segmentIndex: 0 });
    expect(sd.train.map(([time]) => time)).toEqual([112, 111, 110]);
    expect(sd.report?.findings.map(({ code, count }) => [code, count])).toEqual([
      ['order-unknown', 2],
      ['order-unknown', 2],
      ['order-unknown', 3],
    ]);
  });

  it.each(['order.nix', 'blocks.pkl'])('%s: warns of more blocks unless one was asked for', async (name) => {
    const warned: string[] = [];
    const onWarning = ({ code }: { code: string }) => warned.push(code);
    await loadSpikeDataFromNeo(fixture(name), { onWarning, segmentIndex: 0 });
    await loadSpikeDataFromNeo(fixture(name), { onWarning, segmentIndex: 0, blockIndex: 1 });
    expect(warned).toEqual(['more-blocks']);
    const beyond = loadSpikeDataFromNeo(fixture(name), { blockIndex: 2 });
    await expect(beyond).rejects.toMatchObject({ constructor: OptionError, option: 'blockIndex' });
  });
});

describe('other pickles of Neo', () => {
  it('a list of blocks, of which one is loaded', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('blocks.pkl'), { blockIndex: 1 });
    expect([sd.train[0][0], sd.metadata.block_name]).toEqual([2, 'b']);
  });

  it('times in a compound unit', async () => {
    const sd = await loadSpikeDataFromNeo(fixture('compound.pkl'));
    expect([[...sd.train[0]], sd.length]).toEqual([[0.1, 1, 1500], 2000]);
  });

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
    const spikeData = new URL('../../../fixtures/pickle/spikedata.p4.pkl', import.meta.url);
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
