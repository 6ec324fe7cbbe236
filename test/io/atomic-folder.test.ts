import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FormatError, OptionError, SpikeLabError } from '../../lib/core/errors.js';
import { exportSpikeDataToKilosort } from '../../lib/formats/kilosort/export.js';
import { loadSpikeDataFromKilosort } from '../../lib/formats/kilosort/load.js';
import { writeAtomically } from '../../lib/io/atomic.js';
import { changeFolder } from '../../lib/io/atomic-folder.js';
import { temporaryName } from '../../lib/io/leftovers.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';
import { useTemporaryFolder } from '../support/temporary.js';

const temporary = useTemporaryFolder();
const at = (...names: string[]) => join(temporary('out'), ...names);
const texts = (entries: Record<string, string>) =>
  new Map(Object.entries(entries).map(([name, text]) => [name, (path: string) => writeFile(path, text)]));
const change = (entries: Record<string, string>, obsolete: string[] = []) =>
  changeFolder(at('ks'), { files: texts(entries), obsolete });
const inFolder = () =>
  Object.fromEntries(
    readdirSync(at('ks'))
      .sort()
      .map((name) => [name, statSync(at('ks', name)).isFile() ? readFileSync(at('ks', name), 'utf8') : null]),
  );

/** Number of a process that is gone, reaped and not used again. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;
/** As a process of this place would name its file, were it this old one. */
const nameOf = async (base: string, pid: number) => (await temporaryName(base)).replace(`.${process.pid}-`, `.${pid}-`);

beforeEach(() => mkdirSync(at()));

describe('several files of a folder', () => {
  it('are made with the folder and those above it, or not at all', async () => {
    const deep = join(at(), 'a', 'b', 'ks');
    const fail = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    const files = new Map([...texts({ x: '1' }), ['y', fail]]);
    await expect(changeFolder(deep, { files, obsolete: [] })).rejects.toThrow(/could not be written \(ENOSPC\)/);
    expect(readdirSync(at())).toEqual([]);
    await changeFolder(deep, { files: texts({ x: '1' }), obsolete: [] });
    expect(readdirSync(deep)).toEqual(['x']);
  });

  it('replace the old ones while all others stay the files they are', async () => {
    await change({ x: 'old', y: 'old' });
    writeFileSync(at('ks', 'notes'), 'mine');
    writeFileSync(at('ks', 'z'), 'obsolete');
    const before = statSync(at('ks', 'notes')).ino;
    await change({ x: 'new', w: 'new' }, ['z']);
    expect(inFolder()).toEqual({ notes: 'mine', w: 'new', x: 'new', y: 'old' });
    expect(statSync(at('ks', 'notes')).ino).toBe(before);
    expect(readdirSync(at())).toEqual(['ks']);
  });

  it.each(['a folder', 'a link'])('are replaced one by one beside %s, which no link can keep', async (what) => {
    await change({ x: 'old', z: 'old' });
    if (what === 'a link') symlinkSync('x', at('ks', 'other'));
    else mkdirSync(at('ks', 'other'));
    const folder = statSync(at('ks')).ino;
    await change({ x: 'new', y: 'new' }, ['z']);
    expect(inFolder()).toEqual({ other: what === 'a link' ? 'new' : null, x: 'new', y: 'new' });
    expect(statSync(at('ks')).ino).toBe(folder);
    expect(readdirSync(at())).toEqual(['ks']);
  });

  it.each(['exchanged', 'one by one'])('stay as they were where one cannot be written (%s)', async (way) => {
    await change({ x: 'old', y: 'old' });
    if (way === 'one by one') mkdirSync(at('ks', 'other'));
    const before = inFolder();
    const fail = async (path: string) => {
      await writeFile(path, 'half');
      throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    };
    const files = new Map([...texts({ x: 'new' }), ['y', fail]]);
    await expect(changeFolder(at('ks'), { files, obsolete: ['x'] })).rejects.toThrow(SpikeLabError);
    expect(inFolder()).toEqual(before);
    expect(readdirSync(at())).toEqual(['ks']);
  });

  it('keep a file that somebody adds or replaces meanwhile', async () => {
    await change({ x: 'old' });
    writeFileSync(at('ks', 'table'), 'old');
    const slow = async (path: string) => {
      await writeFile(path, 'new');
      writeFileSync(at('ks', 'added'), 'theirs');
    };
    await changeFolder(at('ks'), { files: new Map([['x', slow]]), obsolete: [] });
    expect(inFolder()).toEqual({ added: 'theirs', table: 'old', x: 'new' });
  });

  it('need a folder, with files in their places', async () => {
    writeFileSync(at('ks'), 'a file');
    await expect(change({ x: '1' })).rejects.toThrow(OptionError);
    mkdirSync(at('k2', 'x'), { recursive: true });
    await expect(changeFolder(at('k2'), { files: texts({ x: '1' }), obsolete: [] })).rejects.toThrow(
      /x could not be written/,
    );
  });

  it('keep the permissions of the folder and of the files', async () => {
    await change({ x: 'old' });
    execFileSync('chmod', ['0750', at('ks')]);
    execFileSync('chmod', ['0604', at('ks', 'x')]);
    await change({ x: 'new' });
    expect([statSync(at('ks')).mode & 0o777, statSync(at('ks', 'x')).mode & 0o777]).toEqual([0o750, 0o604]);
  });
});

describe('an export that was killed between its files', () => {
  /** One of two files has been renamed. */
  async function killed() {
    const sd = (first: number) => new SpikeData([[first], [first + 1]]);
    await exportSpikeDataToKilosort(sd(1), at('ks'), { fsHz: 1000 });
    mkdirSync(at('ks', '.phy'));
    await exportSpikeDataToKilosort(sd(5), at('new'), { fsHz: 1000 });
    const [times, clusters] = ['spike_times.npy', 'spike_clusters.npy'];
    const [done, open] = [await nameOf(times, deadPid()), await nameOf(clusters, deadPid())];
    writeFileSync(at('ks', times), readFileSync(at('new', times)));
    writeFileSync(at('ks', open), readFileSync(at('new', clusters)));
    writeFileSync(
      at('ks', '.spikelab-export'),
      JSON.stringify({
        rename: [
          [done, times],
          [open, clusters],
        ],
        remove: [],
      }),
    );
    return sd;
  }

  it('is refused by the loader and completed by the next', async () => {
    const sd = await killed();
    await expect(loadSpikeDataFromKilosort(at('ks'), { fsHz: 1000 })).rejects.toThrow(
      /unfinished export.*export into it again/,
    );
    await exportSpikeDataToKilosort(sd(9), at('ks'), { fsHz: 1000, spikeTimesFile: 'other_times.npy' });
    const again = await loadSpikeDataFromKilosort(at('ks'), { fsHz: 1000 });
    expect(again.train.map((times) => [...times])).toEqual([[5], [6]]);
    expect(readdirSync(at('ks')).sort()).toEqual(['.phy', 'other_times.npy', 'spike_clusters.npy', 'spike_times.npy']);
  });

  it.each([
    ['no JSON', '{'],
    ['names that lead out', JSON.stringify({ rename: [], remove: ['../new/spike_times.npy'] })],
    ['files that are not being written', JSON.stringify({ rename: [['spike_times.npy', 'x']], remove: [] })],
  ])('is not completed by a list of %s', async (_, list) => {
    const sd = await killed();
    writeFileSync(at('ks', '.spikelab-export'), list);
    await expect(exportSpikeDataToKilosort(sd(9), at('ks'), { fsHz: 1000 })).rejects.toThrow(FormatError);
    expect(existsSync(at('new', 'spike_times.npy'))).toBe(true);
  });
});

describe('files that dead processes left', () => {
  it('go with the next export into their folder; those of living ones and of others stay', async () => {
    const pid = deadPid();
    const dead = [await nameOf('x.h5', pid), await nameOf('other.nwb', pid)];
    const living = await temporaryName('x.h5');
    // the same number, used again by a process that started at another time
    const reused = living.replace(/[0-9a-f]{8}-([0-9a-f]{12}\.tmp)$/, '0123abcd-$1');
    const elsewhere = (await nameOf('x.h5', pid)).replace(/-[0-9a-f]{8}/, '-00c0ffee');
    const old = elsewhere.replace('c0ffee', 'abcdef');
    const others = [
      'notes.tmp',
      '.x.h5.tmp',
      'y.h5',
      `.x.h5.${process.pid}-0123456789ab.tmp`,
      `.x.h5.${pid}-0123456789ab.tmp`,
    ];
    for (const name of [...dead, living, reused, elsewhere, old, ...others]) writeFileSync(at(name), 'x');
    mkdirSync(at(await nameOf('ks', pid), 'inner'), { recursive: true });
    utimesSync(at(old), new Date(), Date.now() / 1000 - 2 * 24 * 3600);
    await writeAtomically(at('new'), (path) => writeFile(path, 'new'));
    expect(readdirSync(at()).sort()).toEqual([living, elsewhere, ...others, 'new'].sort());
    expect(basename(living).length).toBeLessThan(255);
  });
});

describe('an abort', () => {
  it.each(['exchanged', 'one by one', 'new'])(
    'is answered while the disk is busy, and undone after that (%s)',
    async (way) => {
      if (way !== 'new') await change({ x: 'old', y: 'old' });
      if (way === 'one by one') mkdirSync(at('ks', 'other'));
      const before = way === 'new' ? [] : inFolder();
      const abort = new AbortController();
      let free = () => {};
      const busy = async (path: string) => {
        await writeFile(path, 'half');
        abort.abort(new Error('enough'));
        await new Promise<void>((resolve) => {
          free = resolve;
        });
        await writeFile(path, 'whole');
      };
      const target = way === 'new' ? at('deep', 'ks') : at('ks');
      const work = changeFolder(target, { files: new Map([['x', busy]]), obsolete: ['y'], signal: abort.signal });
      // the write has not ended: free() has not been called
      await expect(work).rejects.toThrow('enough');
      free();
      const names = way === 'new' ? [] : ['ks'];
      await vi.waitFor(() => expect(readdirSync(at())).toEqual(names));
      await vi.waitFor(() => expect(way === 'new' ? [] : inFolder()).toEqual(before));
    },
  );

  it('of a single file is answered and undone likewise', async () => {
    writeFileSync(at('x'), 'old');
    const abort = new AbortController();
    let free = () => {};
    const busy = async (path: string) => {
      await writeFile(path, 'half');
      abort.abort(new Error('enough'));
      await new Promise<void>((resolve) => {
        free = resolve;
      });
    };
    await expect(writeAtomically(at('x'), busy, 'path', abort.signal)).rejects.toThrow('enough');
    free();
    await vi.waitFor(() => expect(readdirSync(at())).toEqual(['x']));
    expect(readFileSync(at('x'), 'utf8')).toBe('old');
  });
});
