import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Supervisor, slowness } from './supervisor.js';

/** A child that does what the case's name says. */
const script = `
process.on('message', ({ property }) => {
  if (property === 'fine') process.send({ counts: [], skipped: [], failure: null });
  if (property === 'crash') { console.error('last words'); process.abort(); }
  if (property === 'memory') globalThis.kept = Array.from({ length: 60 }, () => Buffer.alloc(2 ** 22, 1));
});`;

let folder = '';
let supervisor: Supervisor;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikelab-test-'));
  writeFileSync(join(folder, 'child.cjs'), script);
  supervisor = new Supervisor(join(folder, 'child.cjs'), { bytes: 200 * 2 ** 20, ms: 15_000 }, () => 1);
});
afterEach(() => {
  supervisor.stop();
  rmSync(folder, { recursive: true, force: true });
});

const kindOf = async (property: string) => (await supervisor.check({ property, spec: {} })).failure?.kind ?? 'passed';

it('gives a case longer on a machine with more to do than cores', () => {
  expect([slowness(0, 2), slowness(2, 2), slowness(8, 2), slowness(400, 2)]).toEqual([1, 1, 4, 10]);
});

it('goes on after a crash, a hang and too much memory, each of which is a failure', async () => {
  expect(await kindOf('fine')).toBe('passed');
  const { failure } = await supervisor.check({ property: 'crash', spec: {} });
  expect(failure?.kind).toBe('crash');
  expect(failure?.message).toContain('SIGABRT');
  expect(await kindOf('fine')).toBe('passed');
  expect(await kindOf('memory')).toBe('memory');
  expect(await kindOf('hang')).toBe('time');
  expect(await kindOf('fine')).toBe('passed');
  expect(supervisor.peakBytes).toBeGreaterThan(200 * 2 ** 20);
}, 120_000);
