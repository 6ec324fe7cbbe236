import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hdf5File, openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { FormatError, NotFoundError, UnsupportedError } from '../../../lib/core/errors.js';

const folder = fileURLToPath(new URL('../../../fixtures/hdf5_read/', import.meta.url));
let file: Hdf5File;
beforeAll(async () => {
  file = await openHdf5(join(folder, 'objects.h5'));
});
afterAll(() => file.close());

describe('the tree', () => {
  it('lists groups with what their links are', async () => {
    const kinds = Object.fromEntries((await file.list('/')).map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({ targets: 'group', references: 'dataset', soft: 'soft-link', loop: 'soft-link' });
    expect((await file.list('/')).find(({ name }) => name === 'soft')?.target).toBe('/targets/a');
    expect((await file.list('targets')).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('walks every object once, also where hard links make a cycle', async () => {
    const paths = (await file.walk()).map(({ name }) => name);
    expect(paths).toContain('/cycle');
    expect(paths).not.toContain('/cycle/again');
    expect(paths).toContain('/text/variable');
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('follows soft links in the file and says where they lead nowhere', async () => {
    expect((await file.read('/soft')).data).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5));
    expect((await file.read('relative/up', { as: 'float64' })).data).toEqual(Float64Array.of(5));
    expect(await file.has('/soft')).toBe(true);
    expect(await file.has('/dangling')).toBe(false);
    await expect(file.read('/dangling')).rejects.toThrow(NotFoundError);
    await expect(file.read('/loop')).rejects.toThrow(/at most 16 soft links/);
  });

  it('describes objects', async () => {
    expect(await file.describe('/text')).toEqual({ kind: 'group', path: '/text' });
    expect(await file.describe('targets/b')).toMatchObject({
      kind: 'dataset',
      shape: [3],
      size: 3,
      dtype: { class: 'integer', name: 'int64', size: 8, signed: true, order: 'little' },
      layout: 'contiguous',
      chunk: null,
      filters: [],
    });
    const chunked = await file.describeDataset('/text/chunked');
    expect(chunked).toMatchObject({ layout: 'chunked', chunk: [16], dtype: { class: 'string', variable: true } });
    expect(chunked.filters.map(({ id, name }) => [id, name])).toEqual([[1, 'deflate']]);
    expect((await file.describeDataset('/records')).dtype.fields?.map(({ name, dtype }) => [name, dtype.name])).toEqual(
      [
        ['channel', 'int32'],
        ['x', 'float64'],
        ['name', 'string'],
        ['xy', 'array'],
        ['label', 'string'],
      ],
    );
    await expect(file.describeDataset('/text')).rejects.toThrow(FormatError);
  });
});

describe('values that are not numbers', () => {
  it('reads texts of fixed and variable length', async () => {
    expect(await file.readStrings('/text/variable')).toEqual(['spike', '', 'größe', 'x'.repeat(300)]);
    expect(await file.readStrings('/text/fixed')).toEqual(['ab', 'abcd', '']);
    expect(await file.readString('/text/scalar')).toBe('one');
    expect(await file.readStrings('/text/chunked')).toEqual(Array.from({ length: 50 }, (_, i) => `unit ${i}`));
    await expect(file.readStrings('/targets/a')).rejects.toThrow(/a dataset of strings was expected, found float64/);
    await expect(file.read('/text/fixed')).rejects.toThrow(/numbers were expected/);
    await expect(file.read('/records')).rejects.toThrow(/numbers were expected/);
  });

  it('resolves references to paths', async () => {
    expect(await file.readReferences('/references')).toEqual(['/targets/b', '/targets', '', '/']);
    expect(await file.readRegions('/regions')).toEqual([
      { path: '/targets/a', rows: [[0, 2]] },
      { path: '/targets/a', rows: [[2, 5]] },
      {
        path: '/targets/a',
        rows: [
          [1, 2],
          [5, 6],
        ],
      },
    ]);
  });

  it('reads compounds by field', async () => {
    const records = await file.readCompound('/records');
    expect(records.channel).toEqual({ shape: [2], values: Int32Array.of(3, -1) });
    expect(records.x.values).toEqual(Float64Array.of(1.5, -0.25));
    expect(records.name.values).toEqual(['abc', 'z']);
    expect(records.xy).toEqual({ shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) });
    expect(records.label.values).toEqual(['first', 'ü']);
    const second = await file.readCompound('/records', { start: [1] });
    expect(second.label.values).toEqual(['ü']);
  });

  it('reads attributes', async () => {
    expect({ ...(await file.attributes('/targets')) }).toEqual({
      int: 7,
      big: 2n ** 63n,
      float: 0.5,
      text: 'seconds',
      bytes: 'fixed',
      bool: true,
      array: Float32Array.of(1.5, 2.5),
      texts: ['a', 'bc'],
      texts_fixed: ['Units'],
      ref: '/targets/a',
      empty: null,
      compound: null,
    });
  });
});

describe('a file that asks for other files', () => {
  it('is refused whatever the way, and read where it is sound', async () => {
    const asking = await openHdf5(join(folder, 'hostile_links.h5'));
    for (const path of ['/external', '/virtual', '/storage']) {
      await expect(asking.read(path), path).rejects.toThrow(UnsupportedError);
      await expect(asking.describe(path), path).rejects.toThrow(UnsupportedError);
    }
    expect((await asking.read('/good')).shape).toEqual([4]);
    asking.close();
  });
});
