import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { itemsOf } from '../../lib/batch/list.js';
import { OptionError, runBatch } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { all, fixture, pulseOptions, pulses, resultLines } from './support.js';

const at = useTemporaryFolder();

/** Spikes a channel, as scipy found them. */
const expected: { fsHz: number; dataset: string; runs: { args: string[]; spikesMs: number[][] }[] } = JSON.parse(
  readFileSync(fixture('cli/recording.expected.json'), 'utf8'),
);
const recording = {
  source: fixture('cli/recording.h5'),
  options: { dataset: expected.dataset, fsHz: expected.fsHz },
};

/** Times of each unit, by a reader of Parquet that is not ours. */
async function trainsIn(path: string): Promise<number[][]> {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const rows = await parquetReadObjects({ file });
  const trains: number[][] = [];
  for (const { unit, time_ms: time } of rows) {
    trains[Number(unit)] ??= [];
    trains[Number(unit)].push(Number(time));
  }
  return Array.from(trains, (train) => train ?? []);
}

function childrenOf(id: number): number[] {
  return readdirSync(`/proc/${id}/task`).flatMap((task) =>
    readFileSync(`/proc/${id}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

describe('runBatch', () => {
  it('writes the spikes that scipy finds, with a result and a line for each item', async () => {
    const out = at('out');
    const options = { ...recording.options, thresholdSigma: 4, direction: 'down' };
    const results = await all([recording, { ...recording, id: 'down', options }], { out });
    expect(results.map(({ id, status, output }) => [id, status, output])).toEqual([
      ['down', 'done', 'down.parquet'],
      ['recording', 'done', 'recording.parquet'],
    ]);
    const [usual, down] = expected.runs;
    expect(await trainsIn(`${out}/recording.parquet`)).toEqual(usual.spikesMs);
    expect(await trainsIn(`${out}/down.parquet`)).toEqual(down.spikesMs);
    expect(results[0]).toMatchObject({ units: 4, spikes: down.spikesMs.flat().length, error: null });
    expect(resultLines(out).sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(results);
  });

  it('makes an item of each well of a plate where dataset is *, by itself and within a folder', async () => {
    const out = at('out');
    const plate = { source: fixture('maxwell/plate.raw.h5'), id: 'plate', options: { dataset: '*', filter: false } };
    const results = await all([plate], { out });
    expect(results.map(({ id, status, units }) => [id, status, units])).toEqual([
      ['plate-data0000', 'done', 3],
      ['plate-data0001', 'done', 2],
      ['plate-data0002', 'done', 2],
    ]);
    // the chip found two spikes in each recording, 7 and 9 frames of 0.1 ms behind a first that is 0, 1 and 2 later
    const loaded = await all([{ ...plate, do: 'load', options: { dataset: '*' } }], { out: at('loaded') });
    expect(loaded.map(({ id, units }) => [id, units])).toEqual([0, 1, 2].map((p) => [`plate-data000${p}`, 1]));
    for (const p of [0, 1, 2]) expect(await trainsIn(at(`loaded/plate-data000${p}.parquet`))).toEqual([[0.7, 0.9]]);
    const folder = await itemsOf(fixture('maxwell'), 'load');
    expect(folder.map(({ options }) => options?.dataset)).toEqual([0, 1, 2].map((p) => `/data_store/data000${p}`));
    // what is not there fails by itself
    const [none] = await all([{ ...plate, source: at('none.raw.h5') }], { out });
    expect(none).toMatchObject({ id: 'plate', status: 'bad-input' });
    await expect(all([{ ...plate, output: 'x.parquet' }], { out })).rejects.toThrow(OptionError);
  });

  it('skips what is done, and does again what changed: source, options, a lost output', async () => {
    const out = at('out');
    const items = ['a', 'b', 'c', 'd'].map((id) => ({ source: at(`${id}.dat`), options: { ...pulseOptions } }));
    for (const [i, { source }] of items.entries()) pulses(source, i + 1);
    expect((await all(items, { out })).map(({ status, spikes }) => [status, spikes])).toEqual(
      [1, 2, 3, 4].map((count) => ['done', count]),
    );
    expect((await all(items, { out })).map(({ status }) => status)).toEqual(Array(4).fill('skipped'));
    pulses(items[0].source, 9);
    utimesSync(items[0].source, 1e9, 1e9);
    rmSync(`${out}/b.parquet`);
    items[2] = { ...items[2], options: { ...pulseOptions, thresholdSigma: 1000 } };
    const again = await all(items, { out });
    expect(again.map(({ status, spikes }) => [status, spikes])).toEqual([
      ['done', 9],
      ['done', 2],
      ['done', 0],
      ['skipped', 4],
    ]);
    expect(
      resultLines(out)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
    expect((await trainsIn(`${out}/a.parquet`))[0]).toHaveLength(9);
  });

  it('goes on after bad items, and says of each what is wrong with it', async () => {
    const out = at('out');
    pulses(at('good.dat'), 3);
    writeFileSync(at('torn.h5'), 'no HDF5');
    const options = { ...pulseOptions };
    const results = await all(
      [
        { source: at('torn.h5') },
        { source: at('missing.nwb') },
        { source: at('good.dat'), options },
        { source: at('good.dat'), id: 'misspelt', options: { ...options, thresholdSigmas: 3 } },
      ],
      { out, retries: 0 },
    );
    expect(results.map(({ id, status, error }) => [id, status, error?.code ?? null])).toEqual([
      ['good', 'done', null],
      ['missing', 'bad-input', 'ERR_NOT_FOUND'],
      ['misspelt', 'bad-input', 'ERR_OPTION'],
      ['torn', 'bad-input', 'ERR_FORMAT'],
    ]);
    expect(results[2].error?.message).toMatch(/Did you mean thresholdSigma/);
    expect(readdirSync(out).sort()).toEqual(['.spikelab', 'good.parquet', 'good.units.parquet', 'results.jsonl']);
    // mended, it is done: a failure is not remembered for the next run
    pulses(at('missing.nwb'), 1);
    const mended = await all([{ source: at('missing.nwb'), options: { ...options, format: 'binary' } }], { out });
    expect(mended[0]).toMatchObject({ status: 'done', spikes: 1 });
  });

  it.each([
    [2, 'done'],
    [0, 'temporary'],
  ])('takes a worker that is killed for something that may pass: with %d retries %s', async (retries, status) => {
    pulses(at('a.dat'), 2);
    const others = new Set(childrenOf(process.pid)); // those of the cases before this one
    const killing = setInterval(() => {
      // the first worker only
      for (const id of childrenOf(process.pid).filter((child) => !others.has(child))) {
        process.kill(id, 'SIGKILL');
        clearInterval(killing);
      }
    }, 5);
    const items = [{ source: at('a.dat'), options: { ...pulseOptions } }];
    const [result] = await all(items, { out: at('out'), retries }).finally(() => clearInterval(killing));
    expect(result.status).toBe(status);
    expect(result.error?.message ?? 'fine').toMatch(retries ? /^fine$/ : /killed by SIGKILL; memory may have run out/);
    expect(resultLines(at('out'))).toEqual([result]);
    const [again] = await all(items, { out: at('out') });
    expect(again).toMatchObject({ status: retries ? 'skipped' : 'done', spikes: 2 });
    expect(resultLines(at('out'))).toHaveLength(1);
  });

  it.each([
    [{ jobs: 0 }, /^jobs must be an integer from 1/],
    [{ shard: [3, 3] }, /^shard\[0\] must be an integer from 0 to 2/],
    [{ out: 'gs://bucket/results' }, /^out must be the path of a folder/],
    [{ retrys: 1 }, /Did you mean retries/],
  ])('refuses options that are wrong: %j', async (options, message) => {
    expect(() => runBatch([], { out: at('out'), ...(options as object) })).toThrow(message);
    expect(() => runBatch([], { out: at('out'), ...(options as object) })).toThrow(OptionError);
    expect(existsSync(at('out'))).toBe(false);
  });

  it.each([
    [[{ source: '' }], /^items\[0\]\.source must be a non-empty string/],
    [[{ source: 'a', do: 'sort' }], /^items\[0\]\.do must be one of 'detect'/],
    [[{ source: 'a', format: 'mat' }], /^items\[0\]\.format must be one of 'nwb'|'hdf5'/],
    [[{ source: 'a', id: '../b' }], /^items\[0\]\.id must be a file name/],
    [[{ source: 'a', output: '../b.nwb' }], /^items\[0\]\.output must be a path within out/],
    [[{ source: 'a', output: 'results.jsonl' }], /^items\[0\]\.output must be a path within out/],
    [[{ source: 'a' }, { source: 'b', id: 'A' }], /^items\[1\]\.id must be unlike that of items\[0\]/],
    [[{ source: 'a' }, { source: 'a' }], /items\[1\]\.id must be unlike that of items\[0\]/],
    [
      [{ source: 'a' }, { source: 'b', output: 'a.units.parquet' }],
      /^items\[1\]\.output must be no file of items\[0\]/,
    ],
    [[{ source: 'a', options: { filter: Number.NaN } }], /^items\[0\]\.options\.filter must be a number, text/],
    [[{ source: 'a', options: { threads: 4 } }], /^items\[0\]\.options\.threads must be left out/],
  ])('refuses items that are wrong: %j', async (items, message) => {
    await expect(all(items as never, { out: at('out') })).rejects.toThrow(message);
    await expect(all(items as never, { out: at('out') })).rejects.toBeInstanceOf(OptionError);
  });

  it.each([
    ['a file', () => at('file')],
    // Node's mkdir never comes back from there
    ['a place without folders', () => '/proc/none/out'],
  ])('says so where out cannot be made: %s', async (_, out) => {
    writeFileSync(at('file'), '');
    const left = all([{ source: at('none') }], { out: out() });
    await expect(left).rejects.toMatchObject({ code: 'ERR_WRITE' });
    await expect(left).rejects.toThrow(/^out: .* could not be written: E/);
  });

  it('hands items back when it is left, and when the signal aborts', async () => {
    const out = at('out');
    const items = Array.from({ length: 8 }, (_, i) => ({ source: at(`${i}.dat`), options: { ...pulseOptions } }));
    for (const { source } of items) pulses(source, 2);
    for await (const result of runBatch(items, { out, jobs: 2 })) {
      expect(result.status).toBe('done');
      break;
    }
    expect(readdirSync(`${out}/.spikelab/claims`)).toEqual([]);
    expect(readdirSync(`${out}/.spikelab/work`)).toEqual([]);
    const stop = new AbortController();
    const left = (async () => {
      for await (const _ of runBatch(items, { out, jobs: 1, signal: stop.signal })) stop.abort(new Error('enough'));
    })();
    await expect(left).rejects.toThrow('enough');
    expect(readdirSync(`${out}/.spikelab/claims`)).toEqual([]);
    const results = await all(items, { out });
    expect(results.filter(({ status }) => status === 'skipped' || status === 'done')).toHaveLength(8);
    expect(resultLines(out)).toHaveLength(8);
    expect(statSync(`${out}/7.parquet`).size).toBeGreaterThan(0);
  });
});
