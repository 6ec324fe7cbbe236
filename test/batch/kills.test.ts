/**
 * Two runners on one folder, and on one prefix of a bucket, killed with SIGKILL at random moments and started again, until the list is
 * done. MORE=1 does the full number, 20 kills of 200 items; SEED=N the kills of an earlier run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import type { BatchResult } from '../../lib/index.js';
import { keys, type S3Server, startS3Server } from '../support/s3-server.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { pulseOptions, pulses } from './support.js';

const at = useTemporaryFolder();
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const [kills, count] = process.env.MORE ? [20, 200] : [4, 24];

/** Numbers in [0, 1), the same for one seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Runner {
  child: ChildProcess;
  /** Complete lines of stdout. */
  lines(): BatchResult[];
  saidFirst: Promise<void>;
  ended: Promise<number | null>;
}

function start(list: string, out: readonly string[]): Runner {
  const child = spawn(process.execPath, [main, '--quiet', 'batch', list, '--jobs', '1', ...out], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const saidFirst = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      resolve();
    });
    child.on('close', () => resolve());
  });
  return {
    child,
    saidFirst,
    lines: () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ended: new Promise((resolve) => child.on('close', resolve)),
  };
}

/** What a batch left: names below its place, and their texts and sizes. */
interface Place {
  /** Flags of the command. */
  out: string[];
  names(): Promise<string[]>;
  text(name: string): Promise<string>;
  bytes(name: string): Promise<number>;
  close(): Promise<void>;
}

const inFolder = (out: string): Place => ({
  out: ['--out', out],
  names: async () =>
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1)),
  text: async (name) => readFileSync(join(out, name), 'utf8'),
  bytes: async (name) => statSync(join(out, name)).size,
  close: async () => {},
});

async function inBucket(): Promise<Place> {
  const server: S3Server = await startS3Server('lab');
  const options = { ...keys, endpointUrl: server.conditions.url, regionName: 'us-east-1' };
  const body = async (name: string) => {
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket: 'lab', Key: `out/${name}` }));
    return Body!.transformToByteArray();
  };
  return {
    out: ['--out', 's3://lab/out', ...Object.entries(options).flatMap((each) => ['--option', each.join('=')])],
    names: async () => (await server.list('out/')).map((name) => name.slice('out/'.length)),
    text: async (name) => Buffer.from(await body(name)).toString(),
    bytes: async (name) => (await body(name)).byteLength,
    close: () => server.close(),
  };
}

it.each([
  ['a folder', async () => inFolder(at('out'))],
  ['a bucket', inBucket],
] as const)(
  'in %s: loses nothing and does nothing twice, whenever runners are killed',
  {
    timeout: 1_800_000,
  },
  async (_where, open) => {
    const seed = Number(process.env.SEED ?? Date.now() % 1e6);
    const random = randomFrom(seed);
    const place = await open();
    const ids = Array.from({ length: count }, (_, i) => `item${String(i).padStart(3, '0')}`);
    for (const [i, id] of ids.entries()) pulses(at(`${id}.dat`), 1 + (i % 20));
    const items = ids.map((id) => ({ source: at(`${id}.dat`), options: pulseOptions }));
    writeFileSync(at('list.jsonl'), items.map((item) => `${JSON.stringify(item)}\n`).join(''));

    const all: Runner[] = [];
    const begin = () => {
      const runner = start(at('list.jsonl'), place.out);
      all.push(runner);
      return runner;
    };
    const running = [begin(), begin()];
    let inTheMiddle = 0;
    for (let kill = 0; kill < kills; kill++) {
      const which = Math.floor(random() * 2);
      // one in four while it starts, the others in the middle of items
      if (random() < 0.75) await running[which].saidFirst;
      await sleep(random() * 400);
      if (running[which].child.exitCode === null) inTheMiddle++;
      running[which].child.kill('SIGKILL');
      await running[which].ended;
      running[which] = begin();
    }
    expect(await Promise.all(running.map(({ ended }) => ended)), `seed ${seed}`).toEqual([0, 0]);

    const lines: BatchResult[] = (await place.text('results.jsonl'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ id }) => id).sort(), `seed ${seed}`).toEqual(ids);
    expect(lines.map(({ status }) => status)).toEqual(Array(count).fill('done'));
    expect(Object.fromEntries(lines.map(({ id, spikes }) => [id, spikes]))).toEqual(
      Object.fromEntries(ids.map((id, i) => [id, 1 + (i % 20)])),
    );
    // said by the runner that did it, which may have been killed before it could say so
    const said = all.flatMap((runner) => runner.lines()).filter(({ status }) => status === 'done');
    expect(new Set(said.map(({ id }) => id)).size, `seed ${seed}`).toBe(said.length);
    // and nothing else: no temporary file, and no claim but the lock of results.jsonl, which keeps that of a runner killed in it
    const names = (await place.names()).filter((name) => !/claims\/\.results\.\d+$/.test(name));
    expect(names.sort(), `seed ${seed}`).toEqual(
      [
        'results.jsonl',
        ...ids.flatMap((id) => [`.spikelab/records/${id}.json`, `${id}.parquet`, `${id}.units.parquet`]),
      ].sort(),
    );
    for (const id of ids) {
      const { files } = JSON.parse(await place.text(`.spikelab/records/${id}.json`));
      for (const { path, bytes } of files) expect(await place.bytes(path)).toBe(bytes);
    }
    const pids = all.map(({ child }) => child.pid);
    const temporary = readdirSync(tmpdir()).filter((name) =>
      pids.some((pid) => name.startsWith(`.spikelab-batch.${pid}-`)),
    );
    expect(temporary).toEqual([]);
    await place.close();
    process.stdout.write(
      `seed ${seed}: ${kills} kills, ${inTheMiddle} of living runners; ${lines.length} items, ${said.length} said, each once\n`,
    );
  },
);
