import { cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSpikeDataFromKilosort, loadSpikeDataFromSpikeInterface, openRecording } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';

const temporary = useTemporaryFolder();
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const quiet = { onWarning: () => {} };

/** A copy of a fixture in which `part` is a link to where it was moved: outside of the folder, or deeper inside it. */
function linked(source: string, part: string, to: 'outside' | 'inside'): string {
  const folder = temporary(`${to}-${basename(source)}`);
  cpSync(source, folder, { recursive: true });
  const target = to === 'outside' ? temporary('elsewhere') : join(folder, '.objects');
  mkdirSync(target);
  renameSync(join(folder, part), join(target, 'kept'));
  symlinkSync(join(target, 'kept'), join(folder, part));
  return folder;
}

function binaryFolder(): string {
  const folder = temporary('binary');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'traces.raw'),
    Int16Array.from({ length: 400 }, (_, i) => i % 50),
  );
  const kwargs = { file_paths: ['traces.raw'], sampling_frequency: 25_000, num_channels: 2, dtype: '<i2' };
  writeFileSync(join(folder, 'binary.json'), JSON.stringify({ class: 'x', kwargs }));
  return folder;
}

const kilosort = {
  make: () => fixture('kilosort/curated'),
  load: async (path: string, more: object) =>
    (await loadSpikeDataFromKilosort(path, { fsHz: 30_000, ...quiet, ...more })).train.map((train) => train.length),
};
const sorting = {
  make: () => fixture('spikeinterface/numpy_folder'),
  load: async (path: string, more: object) =>
    (await loadSpikeDataFromSpikeInterface(path, { ...quiet, ...more })).train.map((train) => train.length),
};
const recording = {
  make: binaryFolder,
  load: async (path: string, more: object) => {
    await using opened = await openRecording(path, { ...quiet, ...more });
    return Array.from((await opened.read({ start: 0, end: 3 })).data as Int16Array);
  },
};

describe('links in folders', () => {
  const cases = [
    ['kilosort', 'spike_times.npy', kilosort],
    ['kilosort', 'params.py', kilosort],
    ['a SpikeInterface sorting', 'spikes.npy', sorting],
    ['a SpikeInterface sorting', 'numpysorting_info.json', sorting],
    ['a SpikeInterface sorting', 'properties', sorting],
    ['a SpikeInterface recording', 'traces.raw', recording],
    ['a SpikeInterface recording', 'binary.json', recording],
  ] as const;
  it.each(cases)(
    '%s, %s: refused where they lead out, followed inside, or where they are trusted',
    async (_, part, { make, load }) => {
      const whole = make();
      const expected = await load(whole, {});
      expect(await load(linked(whole, part, 'inside'), {})).toEqual(expected);
      const folder = linked(whole, part, 'outside');
      const error = { name: 'FormatError', path: join(folder, part), message: expect.stringContaining('followLinks') };
      await expect(load(folder, {})).rejects.toMatchObject(error);
      await expect(load(folder, { isolate: true })).rejects.toMatchObject(error);
      expect(await load(folder, { followLinks: 'anywhere' })).toEqual(expected);
    },
  );

  it('in Zarr folders: refused where they lead out, or followed where they are trusted', async () => {
    const whole = fixture('spikeinterface/sorting.zarr');
    const expected = await sorting.load(whole, {});
    const folder = linked(whole, 'unit_ids', 'outside');
    await expect(sorting.load(folder, {})).rejects.toThrow(/unit_ids.*leads out of the folder: pass followLinks/s);
    expect(await sorting.load(folder, { followLinks: 'anywhere' })).toEqual(expected);
  });

  it('quotes nothing of a file that was refused', async () => {
    const folder = binaryFolder();
    const secret = temporary('secret');
    writeFileSync(secret, 'root:x:0:0:the secret');
    for (const name of ['binary.json', 'traces.raw']) {
      const other = temporary(`of-${name}`);
      cpSync(folder, other, { recursive: true });
      renameSync(join(other, name), join(other, `${name}.old`));
      symlinkSync(secret, join(other, name));
      const error = await openRecording(other, quiet).catch((reason: Error) => reason);
      expect(error).toMatchObject({ name: 'FormatError' });
      expect(`${(error as Error).message}${(error as Error).stack}`).not.toMatch(/root:x|secret/);
    }
  });

  it('takes a folder or a file that is a link itself: the user named it', async () => {
    const folder = temporary('a-link');
    symlinkSync(binaryFolder(), folder);
    expect(await recording.load(folder, {})).toHaveLength(6);
  });

  it('refuses other words, and trust together with isolation', async () => {
    const whole = binaryFolder();
    for (const more of [{ followLinks: 'always' }, { followLinks: 'anywhere', isolate: true }]) {
      await expect(recording.load(whole, more)).rejects.toMatchObject({ option: 'followLinks' });
      await expect(kilosort.load(kilosort.make(), more)).rejects.toMatchObject({ option: 'followLinks' });
    }
  });
});
