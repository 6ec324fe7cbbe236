/**
 * `npm run soak`: thousands of small loads of each format in one process must leave nothing behind. Each format has a process of
 * its own, which loads its fixtures as they are and damaged ones in between, and compares itself before and after.
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { damaged } from './child.js';
import { readFixture, writeFixture } from './fixture.js';
import { type Target, targetsOf } from './targets.js';

const usage = `npm run soak -- [--only FORMAT] [--good N] [--bad N] [--seconds N] [--isolate]
  --good     loads of sound files a format (default 10000)
  --bad      loads of damaged files that are refused (default 2000)
  --seconds  at most a format (default 120)
  --isolate  loads in children: the process that asks for them is the one that is measured`;

/** Growth of memory that is no leak: 10,000 leaks of 1 kB are 10 MB. */
const mostGrownBytes = 10 * 2 ** 20;
/** Threads of pools start when they are first needed; leaks are one a load. */
const mostThreads = 8;
/** Fixtures of a format that take turns, and damaged copies of each. */
const [mostTargets, damagedEach] = [6, 8];

const root = fileURLToPath(new URL('../../..', import.meta.url));
const targets = targetsOf(`${root}/fixtures`);

interface Task {
  readonly format: string;
  readonly good: number;
  readonly bad: number;
  readonly seconds: number;
  readonly isolate: boolean;
}
interface Held {
  bytes: number;
  descriptors: number;
  threads: number;
  children: number;
}
interface Soaked {
  good: number;
  bad: number;
  before: Held;
  after: Held;
}

if (process.send) process.once('message', async (task: Task) => process.send?.(await soak(task), () => process.exit()));
else process.exitCode = await main();

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      only: text,
      good: text,
      bad: text,
      seconds: text,
      isolate: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const formats = [...new Set(targets.map(({ format }) => format))].filter((name) => name === (values.only ?? name));
  if (values.help || formats.length === 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const numbers = {
    good: Number(values.good ?? 10_000),
    bad: Number(values.bad ?? 2000),
    seconds: Number(values.seconds ?? 120),
  };
  const table = new Table({
    ...{ head: ['format', 'good', 'bad', 'memory', 'descriptors', 'threads', 'children', ''] },
    ...{ style: { head: [], border: [], compact: true }, colAligns: ['left', ...Array(6).fill('right')] },
  });
  let failed = 0;
  for (const format of formats) {
    const { good, bad, before, after } = await ask({ format, ...numbers, isolate: values.isolate ?? false });
    const grown = (name: keyof Held) => after[name] - before[name];
    const left = grown('descriptors') > 0 || grown('threads') > mostThreads || grown('children') > 0;
    const fails = left || grown('bytes') >= mostGrownBytes;
    if (fails) failed++;
    const counts = (['descriptors', 'threads', 'children'] as const).map((name) => `${before[name]} → ${after[name]}`);
    table.push([format, good, bad, `${(grown('bytes') / 2 ** 20).toFixed(1)} MB`, ...counts, fails ? 'FAILED' : '']);
  }
  console.log(`${table.toString()}\n${formats.length - failed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

function ask(task: Task): Promise<Soaked> {
  // memory that threads freed into arenas of their own comes and goes by 6 MB; with one arena that is less, and leaks are as large
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  const child = fork(fileURLToPath(import.meta.url), {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code, signal) => reject(new Error(`the process for ${task.format} ended (${signal ?? code})`)));
    child.send(task);
  });
}

async function soak({ format, good, bad, seconds, isolate }: Task): Promise<Soaked> {
  const folder = await mkdtemp(join(tmpdir(), 'spikelab-soak-'));
  try {
    const sound = targets.filter((target) => target.format === format).slice(0, mostTargets);
    const loads = { good: await goodLoads(sound, folder, isolate), bad: await badLoads(sound, folder, isolate) };
    const end = performance.now() + seconds * 1000;
    const made = { good: 0, bad: 0 };
    const some = async (most: { good: number; bad: number }, until: number) => {
      while (made.good + made.bad < most.good + most.bad && performance.now() < until) {
        const kind = made.bad * most.good < made.good * most.bad && loads.bad.length > 0 ? 'bad' : 'good';
        await loads[kind][made[kind] % loads[kind].length]();
        made[kind]++;
      }
    };
    // what is made once (compiled code, caches, pools of threads) is there afterwards
    await some({ good: good / 5, bad: bad / 5 }, performance.now() + (seconds * 1000) / 4);
    const before = await held();
    made.good = made.bad = 0;
    await some({ good, bad }, end);
    return { ...made, before, after: await held() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Load = () => Promise<boolean>;

/** Whether it loads. */
const loader = (target: Target, path: string, isolate: boolean): Load => {
  const options = {
    onWarning: () => {},
    limits: { maxArrayBytes: 2 ** 24, maxSpikes: 1e6 },
    ...(isolate ? { isolate } : {}),
  };
  return async () => {
    try {
      const loaded = await target.load(path, options);
      if ('close' in loaded) await loaded.close();
      return true;
    } catch {
      return false;
    }
  };
};

async function goodLoads(sound: readonly Target[], folder: string, isolate: boolean): Promise<Load[]> {
  return sound.map((target, i) =>
    loader(target, writeFixture(join(folder, `good-${i}`), target.fixture, readFixture(target.fixture)), isolate),
  );
}

async function badLoads(sound: readonly Target[], folder: string, isolate: boolean): Promise<Load[]> {
  const loads: Load[] = [];
  for (const [i, target] of sound.entries()) {
    for (let seed = 0, left = damagedEach; left > 0 && seed < 100; seed++) {
      const path = writeFixture(join(folder, `bad-${i}-${seed}`), target.fixture, damaged(target, seed).files);
      const load = loader(target, path, isolate);
      if (await load()) continue;
      loads.push(load);
      left--;
    }
  }
  return loads;
}

async function held(): Promise<Held> {
  for (let i = 0; i < 4; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  const tasks = readdirSync('/proc/self/task');
  return {
    // without the room that V8 keeps for garbage: it grows by 16 MB at some point, and stays
    bytes: rss - heapTotal + heapUsed,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: tasks.length,
    children: tasks.flatMap((task) => childrenOf(task)).length,
  };
}

function childrenOf(task: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${task}/children`, 'latin1').split(' ').filter(Boolean);
  } catch {
    return []; // a thread that ended meanwhile, or a kernel that does not say
  }
}
