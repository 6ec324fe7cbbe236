import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  exportSpikeDataToCsv,
  FormatError,
  LimitError,
  loadSpikeDataFromCsv,
  NotFoundError,
  OptionError,
  SpikeData,
} from '../../../lib/index.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/csv/', import.meta.url));
const { trains } = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
  trains: Record<string, number[]>;
};
const expected = [trains[2], trains[7], trains[10]];

const temporary = useTemporaryFolder();
function csv(text: string): string {
  writeFileSync(temporary('a.csv'), text);
  return temporary('a.csv');
}

describe('loadSpikeDataFromCsv', () => {
  it('reads what pandas wrote in samples: units as people count, spikes before 0 too', async () => {
    const sd = await loadSpikeDataFromCsv(join(fixtures, 'samples.csv'), { fsHz: 30_000 });
    expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id)).toEqual([2, 7, 10]);
    sd.train.forEach((train, u) => {
      expect(Array.from(train)).toEqual(expected[u]);
    });
    expect(sd.startTime).toBe(Math.min(...expected.flat()));
  });

  it('reads semicolons and names of units, with the unit of time from the column', async () => {
    const sd = await loadSpikeDataFromCsv(join(fixtures, 'semicolons.csv'));
    expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id)).toEqual(['u2', 'u7', 'u10']);
    sd.train.forEach((train, u) => {
      expect(train).toHaveLength(expected[u].length);
      for (const [i, time] of train.entries()) expect(time).toBeCloseTo(expected[u][i], 9);
    });
  });

  it('separates by one of its delimiters only: the others stand in names, as Python writes and reads them', async () => {
    // csv.writer(file, delimiter='\t') quotes neither commas nor semicolons
    const tabs = await loadSpikeDataFromCsv(csv('unit_id\ttime_ms\nx,y;1\t1.5\nx,y;1\t2.5\n'));
    expect([tabs.neuronAttributes, tabs.train.map((train) => [...train])]).toEqual([
      [{ unit_id: 'x,y;1' }],
      [[1.5, 2.5]],
    ]);
    const sd = new SpikeData([[1], [2, 3]], { length: 5, neuronAttributes: [{ unit_id: 'a;b' }, { unit_id: 'c\td' }] });
    await exportSpikeDataToCsv(sd, temporary('own.csv'));
    const back = await loadSpikeDataFromCsv(temporary('own.csv'), { unitColumn: 'unit_id' });
    expect(back.neuronAttributes).toEqual([{ unit_id: 'a;b' }, { unit_id: 'c\td' }]);
  });

  it('counts from the lowest id, below zero too', async () => {
    const sd = await loadSpikeDataFromCsv(csv('unit,time_ms\n-2,1\n3,1\n-5,1\n0,1\n-13,1\n'));
    expect(sd.neuronAttributes?.map(({ unit_id }) => unit_id)).toEqual([-13, -5, -2, 0, 3]);
  });

  it('refuses names that are no UTF-8: without their letters two could be one', async () => {
    writeFileSync(temporary('latin.csv'), Buffer.from('unit,time_ms\n\xe9,1\n\xe8,2\n', 'latin1'));
    await expect(loadSpikeDataFromCsv(temporary('latin.csv'))).rejects.toThrow(/UTF-8 was expected in row 1 /);
  });

  it.each([
    ['a time in hexadecimal', 'unit,time_ms\n1,0x10\n', /A time was expected in row 1 /],
    ['a spike of no unit', 'unit,time_ms\n1,1\n,2\n', /A unit was expected in row 2 /],
    ['a quote within a name', 'un"it,time_ms\n1,1\n', /is no CSV with one row a spike: Invalid Opening Quote/],
    ['two columns of times', 'unit,time_ms,time_ms\n1,1,2\n', /One column time_ms was expected/],
  ])('refuses %s', async (_, text, message) => {
    await expect(loadSpikeDataFromCsv(csv(text))).rejects.toThrow(message);
  });

  it('reads what is exported where the id of a unit is a blank text', async () => {
    const sd = new SpikeData([[1], [2]], { length: 5, neuronAttributes: [{ unit_id: '' }, { unit_id: 'b' }] });
    await exportSpikeDataToCsv(sd, temporary('blank.csv'));
    expect((await loadSpikeDataFromCsv(temporary('blank.csv'))).train.map((train) => [...train])).toEqual([[1], [2]]);
  });

  it('gives no units for a header alone', async () => {
    const sd = await loadSpikeDataFromCsv(csv('unit,time_ms\n'));
    expect([sd.N, sd.length]).toEqual([0, 0]);
  });

  it.each([
    ['an empty file', '', FormatError, /header/],
    ['a time that is none', 'unit,time_ms\n1,5\n2,x\n', FormatError, /row 2 below the header .*"x"/],
    ['an empty time', 'unit,time_ms\n1,\n', FormatError, /row 1 below/],
    ['rows of other lengths', 'unit,time_ms\n1\n', FormatError, /no CSV/],
    ['no column of times', 'unit,when\n1,5\n', NotFoundError, /timeColumn.*found unit, when/],
    ['a column that does not say its unit', 'unit,time\n1,5\n', OptionError, /timeUnit/],
    ['samples without a rate', 'unit,sample\n1,5\n', OptionError, /fsHz/],
  ] as const)('refuses %s', async (_what, text, kind, message) => {
    const error = await loadSpikeDataFromCsv(csv(text)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toMatch(message);
  });

  it('stops at the limits and at an abort', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i}`).join('\n');
    const path = csv(`unit,time_ms\n${rows}\n`);
    await expect(loadSpikeDataFromCsv(path, { limits: { maxUnits: 10 } })).rejects.toThrow(LimitError);
    await expect(loadSpikeDataFromCsv(path, { limits: { maxSpikes: 10 } })).rejects.toThrow(LimitError);
    const abort = new AbortController();
    const load = loadSpikeDataFromCsv(path, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(load).rejects.toThrow('enough');
  });
});
