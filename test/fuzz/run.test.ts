import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError, loadSpikeDataFromSpikeLabSortedNpz, SpikeData } from 'spikelab';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from './child.js';
import { keep, readKept } from './keep.js';
import { judge, judgeBoth, type Outcome } from './outcome.js';
import { Reader } from './reader.js';
import { describeFound, summary } from './report.js';
import { type Checker, type Found, Run } from './run.js';
import type { Target } from './targets.js';

const fixture = fileURLToPath(new URL('../../fixtures/npy/f8_little.npy', import.meta.url));
const whole = readFileSync(fixture);

/** A reader of .npy that forgets to look whether the file is as long as it was: the fault is planted. */
const planted = (fault: (bytes: Buffer) => void): Target => ({
  ...{ format: 'planted', name: 'planted/npy', fixture },
  async load(path) {
    const bytes = readFileSync(path);
    if (bytes.length < whole.length) fault(bytes);
    if (!bytes.equals(whole)) throw new FormatError('a whole file was expected', { path });
    return new SpikeData([[1]]);
  },
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikelab-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads in this process instead of one of its own. */
const here = (target: Target): Checker => ({
  check: (request) => check(target, request, join(folder, 'case')),
  stop: () => {},
});

async function fuzz(target: Target, cases?: Found[]) {
  const found: Found[] = [];
  const checker = here(target);
  const sequential: Checker = { ...checker, check: async (request) => checker.check({ ...request, isolated: false }) };
  let last: Promise<unknown> = Promise.resolve();
  // both load from one folder: one after the other
  const inTurn: Checker = {
    ...sequential,
    check: (request) => {
      const next = last.then(() => sequential.check(request));
      last = next;
      return next;
    },
  };
  const run = new Run([target], [inTurn, inTurn], {
    ...{
      seed: 'test',
      seconds: 1,
      cases: cases ?? Array.from({ length: 60 }, (_, number) => ({ target: target.name, number })),
    },
    report: (one) => found.push(one),
  });
  await run.all();
  return { found, totals: run.totals };
}

describe('a run', () => {
  it('finds a planted fault, keeps its input, and repeats it', async () => {
    const target = planted(() => {
      throw new TypeError("Cannot read properties of undefined (reading 'length')");
    });
    const { found, totals } = await fuzz(target);
    expect(found.length).toBeGreaterThan(2);
    expect(found[0].failure).toMatchObject({ kind: 'wrong class', message: expect.stringContaining('TypeError') });
    const kept = keep(found[0], target, 'test', folder);
    expect(readFileSync(join(kept, basename(fixture))).length).toBeLessThan(whole.length);
    expect(describeFound(found[0], kept)).toContain(`npm run fuzz -- --again ${kept}`);
    const again = await fuzz(target, readKept(kept).cases as Found[]);
    expect(again.found).toEqual([found[0]]);
    const lines = summary(totals).split('\n');
    expect(lines.at(-1)).toBe(`${60 - found.length} passed, ${found.length} failed`);
    expect(lines[1]).toMatch(/format +│ mutations │ loads │ Format │ slow │ failed/);
  });

  it('finds that a file loads differently the second time', async () => {
    let loads = 0;
    const target = planted((bytes) => {
      throw new FormatError(`found ${bytes.length} bytes, attempt ${loads++}`, { path: '' });
    });
    expect(new Set((await fuzz(target)).found.map(({ failure }) => failure.kind))).toEqual(new Set(['differs']));
  });

  it('finds nothing where nothing is wrong', async () => {
    const { found, totals } = await fuzz(planted(() => {}));
    expect(found).toEqual([]);
    expect(totals.get('planted')).toMatchObject({ cases: 60, failed: 0 });
  });

  it('names what had been loaded before, where a case does not fail alone, and takes one slow load for none', async () => {
    let asked = 0;
    const flaky = (lost: Outcome['lost']): Checker => ({
      check: async () => ({ digest: 'a', grownBytes: 0, done: [], ...(++asked === 5 ? { lost } : {}) }),
      stop: () => {},
    });
    const target = planted(() => {});
    const cases = [0, 1, 2, 3].map((number) => ({ target: target.name, number }));
    const found: Found[] = [];
    const run = async (lost: Outcome['lost']) => {
      asked = 0;
      const checkers = [flaky(lost), { check: async () => ({ digest: 'a', grownBytes: 0, done: [] }), stop: () => {} }];
      // the fifth of the first checker's answers is that to case 4, which no other follows
      const one = new Run([target], checkers as never, {
        ...{ seed: 'x', seconds: 1, cases: [...cases, { target: target.name, number: 4 }] },
        report: (each) => found.push(each),
      });
      await one.all();
      return one.totals.get('planted');
    };
    await run({ kind: 'crash', message: 'SIGSEGV' });
    expect(found).toMatchObject([{ number: 4, failure: { kind: 'crash' }, before: cases }]);
    expect(await run({ kind: 'hang', message: '' })).toMatchObject({ failed: 0, slow: 1 });
  });
});

describe('judge', () => {
  const error = (name: string, message: string, ours = true): Outcome => ({
    ...{ error: { name, ours, message }, grownBytes: 0, done: [] },
  });
  it('takes sentences of ours for fine, and nothing else', () => {
    expect(judge(error('FormatError', 'a text was expected, found undefined in a.json'))).toBeNull();
    // libhdf5's own words
    expect(judge(error('FormatError', 'it could not be opened (address undefined) at /'))).toBeNull();
    expect(judge(error('FormatError', 'a median step of undefined s'))).not.toBeNull();
    expect(judge(error('FormatError', 'undefined/units was expected'))?.kind).toBe('garbled message');
    expect(judge(error('FormatError', 'x'.repeat(6000)))?.kind).toBe('garbled message');
    expect(judge(error('RangeError', 'Invalid array length', false))?.kind).toBe('wrong class');
    expect(judge(error('IsolationError', 'the child crashed'))?.kind).toBe('crash');
    expect(judge({ digest: 'a', grownBytes: 2 ** 30 + 1, done: [] })?.kind).toBe('memory');
    expect(judgeBoth({ digest: 'a', grownBytes: 0, done: [] }, { digest: 'b', grownBytes: 0, done: [] })?.kind).toBe(
      'differs',
    );
  });
});

describe('Reader', () => {
  /** A child that does what the target's name says. */
  const script = `
  process.on('message', ({ target }) => {
    if (target === 'fine') process.send({ digest: process.env.MALLOC_PERTURB_, grownBytes: 0, done: [] });
    if (target === 'crash') { console.error('last words'); process.abort(); }
    if (target === 'memory') globalThis.kept = Array.from({ length: 80 }, () => Buffer.alloc(2 ** 22, 1));
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');`;

  it('goes on after a crash, a hang and too much memory', async () => {
    writeFileSync(join(folder, 'child.cjs'), script);
    const reader = new Reader(90, join(folder, 'child.cjs'), { bytes: 250 * 2 ** 20, ms: 4000 });
    const kindOf = async (target: string) => (await reader.check({ target, seed: 0, isolated: false })).lost?.kind;
    expect(await reader.check({ target: 'fine', seed: 0, isolated: false })).toMatchObject({ digest: '90' });
    const { lost } = await reader.check({ target: 'crash', seed: 0, isolated: false });
    expect(lost).toMatchObject({ kind: 'crash', message: expect.stringMatching(/SIGABRT.*\n?.*last words/s) });
    expect(await kindOf('memory')).toBe('memory');
    expect(await kindOf('hang')).toBe('hang');
    expect(await kindOf('fine')).toBeUndefined();
    reader.stop();
  });
});

it('hears of memory and of sound loads from the child itself', async () => {
  const path = fileURLToPath(new URL('../../fixtures/npz/sorted.npz', import.meta.url));
  const target: Target = { format: 'npz', name: 'npz', fixture: path, load: loadSpikeDataFromSpikeLabSortedNpz };
  const outcome = await check(target, { target: 'npz', seed: 3, isolated: false }, join(folder, 'case'));
  expect(outcome.grownBytes).toBeGreaterThanOrEqual(0);
  expect(outcome.grownBytes).toBeLessThan(2 ** 28);
});
