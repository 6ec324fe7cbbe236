import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkCase } from './child.js';
import { Difference, type Property, type Spec } from './property.js';
import { Python } from './python.js';
import { summary } from './report.js';
import { describeFound, run } from './run.js';

/** A copy that loses its last value when it is longer than a buffer of 100: the fault is planted. */
const copy = (values: readonly number[]) => (values.length > 100 ? values.slice(0, -1) : [...values]);

const planted: Property = {
  name: 'planted/copy',
  weight: 1,
  draw: (random) => ({ seed: random.seed(), values: random.size(5000), kinds: ['a', 'b'] }),
  async check({ values }, tools) {
    const list = Array.from({ length: values as number }, (_, i) => i);
    const found = copy(list);
    if (found.length !== list.length) throw new Difference('values[17]', found.length, list.length);
    tools.count('round trips', 'copy');
    tools.skip('other reader', 'not here');
  },
};
const sound: Property = {
  name: 'sound',
  weight: 1,
  draw: () => ({}),
  check: async (_, { count }) => count('two ways', 'sound'),
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spikelab-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const properties = [planted, sound];
const checker = () => ({
  check: ({ property, spec }: { property: string; spec: Spec }) =>
    checkCase(properties.find(({ name }) => name === property)!, spec, join(folder, 'case'), new Python(folder)),
});

it('finds a planted fault, shrinks it once to the border, and leaves the property alone after twenty', async () => {
  const heard: string[] = [];
  const options = { seed: 'test', seconds: 20, report: (found: { property: string }) => heard.push(found.property) };
  const totals = await run([planted], checker(), options);
  expect(totals.found).toHaveLength(1);
  expect(heard).toEqual(['planted/copy']);
  for (const { spec, failure } of totals.found) {
    expect(spec).toMatchObject({ values: 101, kinds: [] });
    expect(failure).toEqual({ kind: 'Difference values[]', message: 'values[17]: 101 was expected, found 100' });
  }
  expect(totals.failed).toBe(20);
  expect(totals.counts.get('round trips')?.get('copy')).toBe(totals.passed);
  expect(totals.skipped.get('other reader: not here')).toBe(totals.passed);
});

it('repeats one case by its seed and number', async () => {
  const first = (await run([planted], checker(), { seed: 'test', seconds: 20 })).found[0];
  const only = { property: 'planted/copy', case: first.case };
  const again = await run([planted], checker(), { seed: 'test', seconds: 20, only });
  expect(again.found).toHaveLength(1);
  expect(again.found[0]).toMatchObject({ case: first.case, spec: first.spec, failure: first.failure });
  expect(describeFound(first, 'test')).toContain(`--seed test --only planted/copy --case ${first.case}`);
});

it('takes turns by weight and ends with the totals', async () => {
  const totals = await run([sound], checker(), { seed: 'x', seconds: 0.2 });
  expect(totals.failed).toBe(0);
  const lines = summary(totals, 2 ** 20, ['other: no h5py']).split('\n');
  expect(lines.at(-1)).toBe(`${totals.passed} passed, 0 failed`);
  expect(lines.at(-2)).toBe('1 properties skipped; at most 1 MB in the child');
  expect(lines.join('\n')).toMatch(/sound +│ +\d+/);
});
