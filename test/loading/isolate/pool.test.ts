import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSpikeDataFromKilosort, loadSpikeDataFromNwb } from '../../../lib/index.js';
import { lives, readers, scratchFolders } from '../../support/readers.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const folder = fileURLToPath(new URL('../../../fixtures/kilosort/curated', import.meta.url));
const entry = new URL('../../../dist/index.js', import.meta.url).href;
const temporary = useTemporaryFolder();
const options = { fsHz: 30_000, onWarning: () => {} };
const load = (isolate: object | true, more = {}) => loadSpikeDataFromKilosort(folder, { ...options, ...more, isolate });

/** Runs `body` as a module of its own process, which must end by itself; its output. */
async function runScript(body: string, kill?: (pid: number, line: string) => void): Promise<string> {
  const file = temporary('script.mjs');
  writeFileSync(
    file,
    `import * as lib from ${JSON.stringify(entry)};\nconst folder = ${JSON.stringify(folder)};\n${body}`,
  );
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (child.pid) kill?.(child.pid, output);
  });
  await new Promise((done) => child.on('close', done));
  return output;
}

describe('the pool of children', () => {
  it('answers many loads at once with few children, and leaves no folder', async () => {
    const here = await loadSpikeDataFromKilosort(folder, options);
    const before = scratchFolders();
    let most = 0;
    const watcher = setInterval(() => {
      most = Math.max(most, readers().length);
    }, 2);
    const all = await Promise.all(Array.from({ length: 64 }, () => load({ maxChildren: 2 })));
    clearInterval(watcher);
    expect(all).toHaveLength(64);
    for (const sd of all) expect(sd.train).toEqual(here.train);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
    expect(scratchFolders()).toEqual(before);
  });

  it('answers in the order of the calls', async () => {
    const order: number[] = [];
    await Promise.all(Array.from({ length: 6 }, (_, i) => load({ maxChildren: 1 }).then(() => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('uses a child again after a good load, and never after one that a file made fail', async () => {
    const one = { maxChildren: 1, memoryBytes: 2 ** 30 + 4 };
    await load(one);
    const [first] = readers();
    await load(one);
    expect(readers()).toEqual([first]);
    // errors of the call say nothing about the child
    await expect(load(one, { fsHz: -1 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    expect(readers()).toEqual([first]);
    const bad = temporary('bad');
    cpSync(folder, bad, { recursive: true });
    writeFileSync(join(bad, 'spike_times.npy'), 'no array');
    const failing = loadSpikeDataFromKilosort(bad, { ...options, isolate: one });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    expect(readers()).not.toContain(first);
    await load(one);
    expect(readers()).toHaveLength(1);
  });

  it('replaces a child after its number of loads', async () => {
    const settings = { maxChildren: 1, loadsPerChild: 2, memoryBytes: 2 ** 30 };
    await load(settings);
    const [first] = readers();
    await load(settings);
    expect(readers()).toEqual([]);
    await load(settings);
    expect(readers()).not.toContain(first);
    await load({ ...settings, loadsPerChild: 1 });
    expect(readers()).toEqual([]);
  });

  it('obeys an abort in the turn of the call, while a child starts, and while the load waits', async () => {
    const why = new Error('enough');
    const atOnce = new AbortController();
    const first = load({ maxChildren: 1, memoryBytes: 2 ** 30 + 1 }, { signal: atOnce.signal });
    atOnce.abort(why);
    await expect(first).rejects.toBe(why);

    const starting = new AbortController();
    const second = load({ maxChildren: 1, memoryBytes: 2 ** 30 + 2 }, { signal: starting.signal });
    const watcher = setInterval(() => {
      if (readers().length) starting.abort(why);
    }, 1);
    await expect(second).rejects.toBe(why);
    clearInterval(watcher);

    const waiting = new AbortController();
    const busy = Array.from({ length: 3 }, () => load({ maxChildren: 1 }));
    const third = load({ maxChildren: 1 }, { signal: waiting.signal });
    const after = load({ maxChildren: 1 });
    setTimeout(() => waiting.abort(why), 1);
    await expect(third).rejects.toBe(why);
    for (const sd of await Promise.all([...busy, after])) expect(sd.N).toBe(6);
  });

  it('keeps no process alive, and its children end with it', async () => {
    const output = await runScript(`
      import { readdirSync, readFileSync } from 'node:fs';
      await lib.loadSpikeDataFromKilosort(folder, { fsHz: 30000, onWarning() {}, isolate: true });
      const isOurs = (pid) => {
        try { return readFileSync('/proc/' + pid + '/status', 'utf8').includes('PPid:\\t' + process.pid + '\\n'); }
        catch { return false; }
      };
      console.log(readdirSync('/proc').filter((name) => /^\\d+$/.test(name) && isOurs(name)).join(' '));
    `);
    const started = output.trim().split(' ').map(Number);
    expect(started).toHaveLength(1);
    expect(started[0]).toBeGreaterThan(0);
    await expect.poll(() => started.filter(lives)).toEqual([]);
  });

  it('leaves no child behind when its own process is killed in mid-load', async () => {
    const found = new Set<number>();
    await runScript(
      `
      setInterval(() => console.log('at work'), 5);
      for (;;) await lib.loadSpikeDataFromKilosort(folder, { fsHz: 30000, onWarning() {}, isolate: true });
    `,
      (pid) => {
        const now = readers(pid);
        for (const reader of now) found.add(reader);
        if (now.length) process.kill(pid, 'SIGKILL');
      },
    );
    expect(found.size).toBeGreaterThan(0);
    await expect.poll(() => [...found].filter(lives)).toEqual([]);
  });

  it('hands no credentials of this process to a child that reads local files', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'only-for-this-test';
    try {
      await load({ memoryBytes: 2 ** 30 + 3 });
      const environments = readers().map((pid) => readFileSync(`/proc/${pid}/environ`, 'utf8'));
      expect(environments.length).toBeGreaterThan(0);
      for (const environment of environments) expect(environment).not.toContain('AWS_');
    } finally {
      delete process.env.AWS_SECRET_ACCESS_KEY;
    }
  });

  it('refuses options that it does not know', async () => {
    for (const isolate of ['yes please', 1, [], { memory: 1 }, { maxChildren: 0 }, { loadsPerChild: 1.5 }]) {
      const call = loadSpikeDataFromNwb(pathToFileURL(folder), { isolate: isolate as never });
      await expect(call).rejects.toMatchObject({ code: 'ERR_OPTION', message: expect.stringMatching(/^isolate/) });
    }
  });
});
