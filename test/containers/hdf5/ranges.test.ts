/** HDF5 whose bytes come in small ranges, against the same files on disk: whatever misses bytes is begun again. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Hdf5File, openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { RemoteFile } from '../../../lib/io/ranges/remote-file.js';
import { transferOf } from '../../../lib/io/transfer.js';

const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const files = ['hdf5', 'hdf5_read', 'hdf5_raw', 'hdf5_attributes', 'nwb', 'recordings', 'neo', 'cellexplorer'].flatMap(
  (folder) =>
    readdirSync(fixtures + folder)
      .filter((name) => /\.(h5|nwb|nix|mat)$/.test(name))
      .map((name) => `${folder}/${name}`),
);

function remote(bytes: Uint8Array, name: string, blockBytes: number) {
  const asked: number[] = [];
  const object = {
    name,
    size: bytes.length,
    etag: null,
    head: bytes.slice(0, 16),
    close: () => {},
    async stream(start: number, end: number) {
      asked.push(end - start);
      return (async function* () {
        yield bytes.subarray(start, end);
      })();
    },
  };
  return { file: new RemoteFile(object, transferOf({}), blockBytes), asked };
}

const said = (error: Error) => `${error.name}: ${error.message}`;

/** All that a file holds, or why not. */
async function contents(file: Hdf5File) {
  const out: Record<string, unknown> = {};
  const entries = await file.walk().catch(said);
  out['/'] = entries;
  if (typeof entries === 'string') return out;
  for (const { name, kind } of entries) {
    out[`${name} exists`] = await file.has(name).catch(said);
    out[`${name} attributes`] = await file.attributes(name).catch(said);
    const found = await file.describe(name).catch(said);
    out[name] = found;
    if (kind !== 'dataset' || typeof found === 'string' || found.kind !== 'dataset') continue;
    out[`${name} numbers`] = await file.read(name).catch(said);
    out[`${name} texts`] = await file.readStrings(name).catch(said);
    out[`${name} references`] = await file.readReferences(name).catch(said);
    out[`${name} records`] = await file.readCompound(name).catch(said);
  }
  return out;
}

describe('HDF5 by ranges', () => {
  it.each(files)('gives what %s holds', async (name) => {
    const path = fixtures + name;
    const bytes = readFileSync(path);
    const local = await openHdf5(path).catch(said);
    for (const blockBytes of [64, 1000]) {
      const { file } = remote(bytes, path, blockBytes);
      const opened = await openHdf5(file).catch(said);
      if (typeof opened === 'string' || typeof local === 'string') {
        expect(opened).toEqual(local);
        continue;
      }
      expect(await contents(opened)).toEqual(await contents(local));
      opened.close();
    }
    if (typeof local !== 'string') local.close();
  });

  it('reads at the same time', async () => {
    const path = `${fixtures}nwb/full.nwb`;
    const { file } = remote(readFileSync(path), path, 128);
    const [opened, local] = await Promise.all([openHdf5(file), openHdf5(path)]);
    const names = (await local.walk()).filter(({ kind }) => kind === 'dataset').map(({ name }) => name);
    const read = (from: Hdf5File) => Promise.all(names.map((name) => from.read(name).catch(said)));
    expect(await read(opened)).toEqual(await read(local));
    expect(await Promise.all(names.map((name) => opened.attributes(name)))).toEqual(
      await Promise.all(names.map((name) => local.attributes(name))),
    );
    opened.close();
    local.close();
  });

  it('fetches data of known place whole, and stops where it is told to', async () => {
    const path = `${fixtures}hdf5_raw/traces.h5`;
    const { file, asked } = remote(readFileSync(path), path, 4096);
    const opened = await openHdf5(file);
    const entries = (await opened.walk()).filter(({ kind }) => kind === 'dataset');
    const found = await Promise.all(entries.map(({ name }) => opened.describeDataset(name)));
    const plain = found.filter(({ layout, filters }) => layout === 'contiguous' && !filters.length);
    const [first] = plain.sort((a, b) => b.size * b.dtype.size - a.size * a.dtype.size);
    const largest = first.path;
    asked.length = 0;
    await opened.read(largest);
    expect(asked).toContain(first.size * first.dtype.size);
    await expect(opened.read(largest, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    opened.close();
    await expect(opened.has('/')).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });
});
