import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Random } from '../../prove/random.js';
import { useTemporaryFolder } from '../../support/temporary.js';
import { dataOf, type Exporter, exporters, strangers, versionOf } from './exporters.js';
import { type Trial, Trials } from './trials.js';

const temporary = useTemporaryFolder();
const source = fileURLToPath(new URL('./failing.c', import.meta.url));

/** A child that writes the version over the old file, in two steps: the fault is planted. */
const careless = `
const fs = require('node:fs');
const [, folder, version] = process.argv.slice(2);
process.once('message', async () => {
  if (process.env.FAIL_WHEN) fs.writeFileSync(process.env.FAIL_WHEN, '');
  const file = fs.openSync(folder + '/out', 'w');
  const whole = version.repeat(10);
  let said = 'exported';
  try {
    fs.writeSync(file, whole.slice(0, 5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    fs.writeSync(file, whole.slice(5));
  } catch (error) {
    said = 'refused: ' + error.message;
  }
  process.send({ said, ms: 200 }, () => process.exit());
});
process.send('ready');`;

let trials: Trials;
beforeEach(() => {
  writeFileSync(temporary('child.cjs'), careless);
  trials = new Trials(temporary('child.cjs'), source);
});
afterEach(() => trials.close());

const textExporter: Exporter = {
  ...{ name: 'text', target: 'out' },
  save: (sd, path) => writeFile(path, String(sd.train[0][0] / 1_000_000).repeat(10)),
  load: () => Promise.reject(new Error('not asked')),
  version: async (path) => {
    const text = readFileSync(path, 'utf8');
    if (!/^(\d)\1{9}$/.test(text)) throw new Error(`half: ${text}`);
    return Number(text[0]);
  },
};

async function all(of: AsyncGenerator<Trial>): Promise<Trial[]> {
  const out: Trial[] = [];
  for await (const trial of of) out.push(trial);
  return out;
}

it('finds a file that was written in place, by a kill and by a failing call', async () => {
  const killed = await all(trials.killed(textExporter, 6, new Random(1)));
  expect(killed.filter(({ failure }) => failure?.includes('half')).length).toBeGreaterThan(1);
  const refused = await all(trials.refused(textExporter, 10, new Random(1)));
  expect(refused.some(({ failure }) => failure)).toBe(true);
});

it.each(exporters)('tells versions of $name apart, and what does not belong there', async (exporter) => {
  await mkdir(temporary('out'));
  for (const version of [1, 2]) {
    await exporter.save(dataOf(version), join(temporary('out'), exporter.target));
    expect(await versionOf(exporter, temporary('out'))).toBe(version);
  }
  expect(strangers(exporter, temporary('out'))).toEqual([]);
  writeFileSync(join(temporary('out'), '.left.tmp'), '');
  expect(strangers(exporter, temporary('out'))).toEqual(['.left.tmp']);
});
