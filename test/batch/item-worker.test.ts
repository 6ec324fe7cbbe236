import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runBatch } from '../../lib/index.js';
import { ItemWorker, outputOf } from '../../lib/server.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
/** Trains in ms, by numpy. */
const { train } = JSON.parse(readFileSync(join(fixtures, 'nwb/expected.json'), 'utf8'));

let out: string;
const worker = new ItemWorker();
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'spikelab-items-'));
});
afterAll(() => {
  worker.stop();
  rmSync(out, { recursive: true, force: true });
});

describe('a worker of single items', () => {
  const cwd = join(fixtures, 'nwb');
  const terms = (name: string) => ({
    ...{ folder: join(out, name), cwd, threads: 1, isolate: { root: cwd } },
    signal: AbortSignal.timeout(50_000),
  });

  it('writes several formats of the same spikes, and names no folder but the one of the item', async () => {
    const item = { source: 'full.nwb', id: 'result', do: 'load' as const, format: 'json' };
    const outcome = await worker.run(item, { ...terms('formats'), also: ['csv', 'parquet'] });
    expect(outcome).toMatchObject({ units: 3, spikes: 5, failure: null });
    const names = ['result.csv', 'result.json', 'result.parquet', 'result.units.csv', 'result.units.parquet'];
    expect(names).toEqual(expect.arrayContaining(readdirSync(join(out, 'formats'))));
    const written = JSON.parse(readFileSync(join(out, 'formats', 'result.json'), 'utf8'));
    expect(written.train).toEqual(train);
    expect(written.metadata.source_file).toBe('full.nwb');
    for (const name of readdirSync(join(out, 'formats')))
      expect(readFileSync(join(out, 'formats', name)).includes(cwd), name).toBe(false);
  });

  it('tells a failure as an outcome', async () => {
    const item = { source: 'none.nwb', do: 'load' as const };
    const { failure } = await worker.run(item, terms('failure'));
    expect(failure).toMatchObject({ status: 'bad-input', error: { code: 'ERR_NOT_FOUND' } });
    const wrong = worker.run({ source: 'full.nwb', do: 'load', options: { toNothing: 1 } }, terms('options'));
    expect((await wrong).failure).toMatchObject({ error: { code: 'ERR_OPTION' } });
  });

  it('stops at the signal', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    const item = { source: 'full.nwb', do: 'load' as const };
    await expect(worker.run(item, { ...terms('signal'), signal })).rejects.toThrow('no more');
  });

  it('is told what an item writes before it is done', async () => {
    expect(await outputOf({ source: 'a/b.nwb', do: 'view' })).toBe('b.html');
    await expect(outputOf({ source: 'a/b.nwb', do: 'plot', format: 'nwb' })).rejects.toThrow(/svg/);
  });
});

it('a batch writes pages', async () => {
  const items = [{ source: join(fixtures, 'kilosort/curated'), do: 'view' as const, options: { fsHz: 32_000 } }];
  const results = [];
  for await (const result of runBatch(items, { out: join(out, 'batch'), jobs: 1 })) results.push(result);
  expect(results).toMatchObject([{ status: 'done', output: 'curated.html' }]);
  expect(readFileSync(join(out, 'batch', 'curated.html'), 'utf8')).toMatch(/^<!doctype html>/i);
});
