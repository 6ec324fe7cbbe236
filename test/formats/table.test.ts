/** The table of formats says what the package really has: its functions are exported, its options are the loaders' own. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isolatedFunctions } from '../../lib/api/isolated-functions.js';
import { formats, loaders, recordingFormatNames } from '../../lib/formats/table.js';
import * as api from '../../lib/index.js';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const names = formats.map(({ name }) => name);

describe('the table of formats', () => {
  it('names each format once', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(formats.map((row) => [row.name, row] as const))('%s: its functions are public', (_name, row) => {
    const functions = [row.load?.function, row.save?.function, row.thresholded].filter((name) => name !== undefined);
    for (const name of functions) expect(api).toHaveProperty(name);
    if (row.load) expect(row.load.load).toBe((api as Record<string, unknown>)[row.load.function]);
    if (row.save) expect(row.save.save).toBe((api as Record<string, unknown>)[row.save.function]);
  });

  it('has every loader that is exported', () => {
    const exported = Object.keys(api).filter((name) => name.startsWith('loadSpikeDataFrom'));
    const known = formats.flatMap((row) => [row.load?.function, row.thresholded]);
    expect(exported.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has every exporter that is exported', () => {
    const exported = Object.keys(api).filter((name) => name.startsWith('exportSpikeDataTo'));
    expect(exported.filter((name) => !formats.some((row) => row.save?.function === name))).toEqual([]);
  });

  it('gives an isolated child every function that reads a source', () => {
    const reading = Object.keys(api).filter((name) => /^(loadSpikeDataFrom|openRecording|detectSpikes)/.test(name));
    expect(reading.filter((name) => !(name in isolatedFunctions))).toEqual([]);
  });

  it.each(loaders.map((loader) => [loader.function, loader] as const))(
    '%s knows its options',
    async (_name, loader) => {
      const load = loader.load as (...args: unknown[]) => Promise<unknown>;
      const given = Object.fromEntries(loader.options.map((option) => [option, Symbol(option)]));
      // ids stand where an archive's loader has no source
      const error = await load(
        ...(loader.recognises ? ['/nowhere'] : ['x', 'y']).slice(0, load.length || 1),
        given,
      ).catch((caught: unknown) => caught);
      expect(String(error)).not.toMatch(/made of names that/);
    },
  );

  it('stands in the README: a line for each way, with a link to its page', () => {
    const lines = readme.split('\n').filter((line) => line.startsWith('| ['));
    for (const row of formats) {
      if (!row.load && !row.save) continue;
      const line = lines.find((each) => each.startsWith(`| [${row.title}](docs/formats/`)) ?? `no line for ${row.name}`;
      for (const way of [row.load, row.save]) if (way) expect(line).toContain(`\`${way.function}\``);
      if (row.thresholded) expect(readme).toContain(`\`${row.thresholded}\``);
    }
    expect(recordingFormatNames.length).toBeGreaterThan(8);
  });
});
