import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../src/database/contract.js';
import { openDatabase } from '../src/database/database.js';
import type { Client } from '../src/database/tokens.js';
import { type Job, Jobs } from '../src/jobs/jobs.js';
import { Queue } from '../src/jobs/queue.js';

const data = mkdtempSync(join(tmpdir(), 'spikelab-queue-'));
let database: Database;
let jobs: Jobs;
let queue: Queue;
beforeAll(async () => {
  database = await openDatabase({ database: null, data });
  jobs = new Jobs(database, 1000);
  queue = new Queue(database, () => {});
  await queue.start();
});
beforeEach(() => database.script('DELETE FROM spikelab.jobs; DELETE FROM pgboss.job'));
afterAll(async () => {
  await queue.stop();
  await database.close();
  rmSync(data, { recursive: true, force: true });
});

const client = (id: string): Client => ({ id, scopes: new Set(['read', 'write']) });
const nothing = { units: 0, spikes: 0, seconds: 0, peakBytes: 0, warnings: [], problem: null };

async function ask(owner: string, count: number, priority = 0): Promise<Job[]> {
  const asked: Job[] = [];
  for (let i = 0; i < count; i++) {
    const job = await jobs.create(client(owner), null, `${owner}${i + 1}`, {
      ...{ operation: 'identify', formats: ['json'], options: {}, priority },
    });
    await queue.send(job);
    asked.push(job);
  }
  return asked;
}
const names = (taken: readonly Job[]) => taken.map(({ source }) => source);
const next = async (most = 1, runner = 'r') => names(await queue.take(most, runner));

it('the next job is of the client with the fewest that run', async () => {
  await ask('a', 5);
  expect(await next(2)).toEqual(['a1', 'a2']);
  await ask('b', 3);
  expect(await next()).toEqual(['b1']);
  expect(await next()).toEqual(['b2']);
  // as many run now: a's last began before b's
  expect(await next()).toEqual(['a3']);
  expect(await next(3)).toEqual(['b3', 'a4', 'a5']);
  expect(await next()).toEqual([]);
});

it('where one runs at a time, clients take turns', async () => {
  await ask('a', 4);
  await ask('b', 2);
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    const [job] = await queue.take(1, 'r');
    order.push(job.source);
    expect(await jobs.finish(job, nothing, [])).toBe(true);
  }
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
});

it('a higher priority comes before, whoever asks', async () => {
  await ask('a', 2);
  await ask('b', 1);
  await ask('a', 2, 5);
  expect(await next(5)).toEqual(['a1', 'a2', 'b1', 'a1', 'a2']);
});

it('processes that take at once get different jobs, of different clients', async () => {
  await ask('a', 20);
  await ask('b', 1);
  const taken = await Promise.all(['r1', 'r2'].map((runner) => queue.take(1, runner)));
  expect(names(taken.flat()).sort()).toEqual(['a1', 'b1']);
  expect(taken.flat().map(({ runner, attempt, state }) => [runner, attempt, state])).toEqual([
    ['r1', 1, 'active'],
    ['r2', 1, 'active'],
  ]);
  const rest = await Promise.all(Array.from({ length: 10 }, (_, i) => queue.take(3, `r${i}`)));
  expect(new Set(names(rest.flat())).size).toBe(19);
});

it('a job that is to wait waits, and one that was cancelled is taken by nobody', async () => {
  const [first, second, third] = await ask('a', 3);
  await jobs.cancel(first.id);
  const [taken] = await queue.take(1, 'r');
  expect(taken.id).toBe(second.id);
  const delivery = await jobs.handBack(taken);
  await queue.send({ ...taken, delivery }, 60);
  expect(await next(5)).toEqual([third.source]);
  const left = await database.query(`SELECT id FROM pgboss.job WHERE state < 'active' AND name = 'jobs'`);
  expect(left).toEqual([{ id: delivery }]);
});
