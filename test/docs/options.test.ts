/**
 * The option tables of the docs against the names that the functions know: each call tells them to `knownOptions`, and so to the
 * spy in its place.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import * as library from '../../lib/index.js';
import { blocksOf, pages, pageText, root } from './blocks.js';

const known = vi.hoisted(() => new Map<string, string[]>());
vi.mock('../../lib/core/known-options.js', async (original) => {
  const real = await original<typeof import('../../lib/core/known-options.js')>();
  return {
    ...real,
    knownOptions: (given: object, names: object, owner: string, option?: string) => {
      known.set(owner, Object.keys(names));
      return real.knownOptions(given, names as never, owner, option);
    },
  };
});

/** Backticked names in the first column of each table below a heading, up to the next heading of its level. */
function optionTables(page: string): string[][] {
  const tables: string[][] = [];
  let inside = false;
  for (const line of pageText(page).split('\n')) {
    if (/^\| option\b/.test(line)) {
      tables.push([]);
      inside = true;
    } else if (!line.startsWith('|')) inside = false;
    else if (inside) tables.at(-1)?.push(...Array.from(line.split('|')[1].matchAll(/`(\w+)`/g), ([, name]) => name));
  }
  return tables;
}

async function namesOf(name: string): Promise<string[]> {
  const call = (library as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
  const sd = new library.SpikeData([]);
  const refused = { noSuchOption: 1 };
  const args = name.startsWith('export') ? [sd, '/nowhere/x', refused] : ['/nowhere/x', refused];
  if (name === 'queryIblProbes') args.shift();
  if (name === 'loadSpikeDataFromIbl' || name === 'loadSpikeDataFromHdf5RawThresholded') args.unshift('/nowhere/x');
  try {
    await call(...args);
  } catch {
    // it refuses the option, after it has said which it knows
  }
  const names = known.get(name);
  if (!names) throw new Error(`${name} does not check its options`);
  return names;
}

const common = optionTables('docs/loading.md')[0];
const ownOf = async (name: string) => (await namesOf(name)).filter((option) => !common.includes(option));

it('lists the options that every loader has', async () => {
  expect([...common].sort()).toEqual((await namesOf('loadSpikeDataFromPickle')).sort());
});

it.each([
  ['hdf5', ['loadSpikeDataFromHdf5', 'exportSpikeDataToHdf5']],
  ['nwb', ['loadSpikeDataFromNwb', 'exportSpikeDataToNwb']],
  ['kilosort', ['loadSpikeDataFromKilosort', 'exportSpikeDataToKilosort']],
  ['spikeinterface', ['loadSpikeDataFromSpikeInterface']],
  ['pickle', ['exportSpikeDataToPickle']],
  ['spikelab-npz', ['loadSpikeDataFromSpikeLabSortedNpz']],
  ['neo', ['loadSpikeDataFromNeo']],
  ['maxwell', ['loadSpikeDataFromMaxwell']],
  ['csv', ['loadSpikeDataFromCsv', 'exportSpikeDataToCsv']],
  ['tables', ['exportSpikeDataToParquet', 'exportSpikeDataToArrow']],
] as const)('lists the options of %s, none missing and none too many', async (page, functions) => {
  const tables = optionTables(`docs/formats/${page}.md`);
  expect(tables.length).toBe(functions.length);
  for (const [i, name] of functions.entries()) {
    const documented = tables[i].filter((option) => !common.includes(option));
    expect([name, documented.sort()]).toEqual([name, (await ownOf(name)).sort()]);
  }
});

it('lists the options of the archives, which share some', async () => {
  const [shared, query, load] = optionTables('docs/formats/ibl.md');
  expect([...shared, ...query].sort()).toEqual((await ownOf('queryIblProbes')).sort());
  expect([...shared, ...load].sort()).toEqual((await ownOf('loadSpikeDataFromIbl')).sort());
  const [dandi, list] = optionTables('docs/formats/dandi.md');
  expect([...dandi, ...list].sort()).toEqual((await ownOf('listDandiAssets')).sort());
  const nwb = await ownOf('loadSpikeDataFromNwb');
  expect([...dandi, ...nwb].sort()).toEqual((await ownOf('loadSpikeDataFromDandi')).sort());
});

it('lists the options of detection', async () => {
  const [documented] = optionTables('docs/filtering.md');
  expect([...documented].sort()).toEqual(
    (await ownOf('loadSpikeDataFromHdf5RawThresholded')).filter((option) => option !== 'dataset').sort(),
  );
});

const snakeCase = (name: string) => new RegExp(`\\b${name}\\b`);

it('names each function of Python, and each of ours, for those who come from there', () => {
  const page = pageText('docs/coming-from-python.md');
  const python = readFileSync(`${root}test/conformance/functions.txt`, 'utf8').split('\n').filter(Boolean);
  expect(python.filter((name) => !snakeCase(name).test(page))).toEqual([]);
  const ours = Object.keys(library).filter((name) =>
    /^(load|export|query|list)|butterFilter|toMs|S3Url|timesFromMs/.test(name),
  );
  expect(ours.filter((name) => !page.includes(`\`${name}`) && !page.includes(`await ${name}`))).toEqual([]);
});

it('links to pages that are there', () => {
  const dead = pages().flatMap((page) =>
    Array.from(pageText(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g), ([, target]) => target)
      .filter((target) => !existsSync(new URL(target, `file://${root}${page}`)))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});

it('shows a runnable example on each page of a format', () => {
  const without = pages()
    .filter((page) => page.startsWith('docs/formats/'))
    .filter((page) => !blocksOf(page).some(({ language }) => language === 'js'));
  expect(without).toEqual([]);
});
