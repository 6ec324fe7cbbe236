import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../support/temporary.js';

const addon = fileURLToPath(new URL('../../build/Release/spikelab.node', import.meta.url));
const temporary = useTemporaryFolder();

interface Outcome {
  confined: { landlock: number; seccomp: boolean; orphaned: boolean };
  tried: Record<string, string>;
}

/** What a process can still do once it is confined to `in` and `out`: a code of the system for each that it cannot. */
function confined(network: boolean): Outcome {
  for (const name of ['in', 'out', 'secret']) mkdirSync(temporary(name));
  for (const name of ['in', 'secret']) writeFileSync(temporary(`${name}/file`), 'content');
  const script = `
    const { readFile, writeFile, symlink } = require('node:fs/promises');
    const { readFileSync } = require('node:fs');
    const { spawn } = require('node:child_process');
    const { createServer } = require('node:net');
    const at = (name) => ${JSON.stringify(temporary(''))} + '/' + name;
    const run = async (work) => { try { await work(); return 'done'; } catch (error) { return error.code; } };
    (async () => {
      // the threads that serve these are there before: they must be confined too
      await Promise.all(Array.from({ length: 16 }, () => readFile(at('secret/file'))));
      const confined = require(${JSON.stringify(addon)}).confine({
        read: [at('in')], write: [at('out')], network: ${network}, parent: process.ppid,
      });
      const listen = () => new Promise((done, fail) => {
        const server = createServer().on('error', fail).listen(0, '127.0.0.1', () => server.close(done));
      });
      const start = () => new Promise((done, fail) => { spawn('/bin/true').on('error', fail).on('exit', done); });
      const many = (work) => Promise.all(Array.from({ length: 16 }, () => run(work))).then((all) => [...new Set(all)].join());
      const tried = {
        read: await many(() => readFile(at('in/file'))),
        readElsewhere: await many(() => readFile(at('secret/file'))),
        readHere: await run(() => readFileSync(at('secret/file'))),
        write: await many(() => writeFile(at('out/new'), 'x')),
        writeElsewhere: await run(() => writeFile(at('in/file'), 'x')),
        link: await run(() => symlink('/etc', at('in/link'))),
        start: await run(start),
        listen: await run(listen),
        signal: await run(() => process.kill(process.ppid, 'SIGCONT')),
        signalSelf: await run(() => process.kill(process.pid, 0)),
      };
      console.log(JSON.stringify({ confined, tried }));
    })();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Outcome;
}

describe('confinement', () => {
  it('leaves what was allowed, and refuses the rest to every thread, as far as the kernel can', () => {
    const { confined: done, tried } = confined(false);
    const files = done.landlock > 0 ? 'EACCES' : 'done';
    expect(done.orphaned).toBe(false);
    expect(tried).toMatchObject({ read: 'done', write: 'done', signalSelf: 'done' });
    expect(tried).toMatchObject({ readElsewhere: files, readHere: files, writeElsewhere: files, link: files });
    if (done.seccomp) expect(tried).toMatchObject({ start: 'EPERM', listen: 'EACCES', signal: 'EPERM' });
  });

  it('leaves the network to who needs it', () => {
    const { confined: done, tried } = confined(true);
    expect(tried).toMatchObject({ listen: 'done' });
    if (done.seccomp) expect(tried).toMatchObject({ start: 'EPERM', signal: 'EPERM' });
  });
});
