import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/errors.js';
import { type Hdf5File, openHdf5 } from '../../lib/format/hdf5.js';

const folder = fileURLToPath(new URL('../../fixtures/hdf5_read/', import.meta.url));

describe('damaged and deceitful datasets', () => {
  let file: Hdf5File;
  beforeAll(async () => {
    file = await openHdf5(join(folder, 'damaged.h5'));
  });
  afterAll(() => file.close());

  it('reads the sound one', async () => {
    expect((await file.read('/sound')).data).toEqual(Int16Array.from({ length: 64 }, (_, i) => i));
  });

  it.each([
    ['short', /a chunk of 64 bytes was expected, found 62 in the chunk that starts with element \(0, 0\)/],
    ['long', /a chunk of 64 bytes was expected, found gzip data of more/],
    ['empty', /a chunk of 64 bytes was expected, found 0/],
    ['cut', /sound gzip data was expected/],
    ['flipped', /gzip data/],
    ['no_bytes_of_gzip', /sound gzip data was expected/],
    ['checksum', /fits its checksum/],
    ['lzf', /sound lzf data was expected/],
    ['claim_chunked', /found a claim of 8000000000 bytes/],
    ['claim_contiguous', /found a claim of 8000000000 bytes/],
  ])('refuses %s', async (name, message) => {
    for (const as of ['native', 'float64'] as const) {
      const error = await file.read(`/${name}`, { as }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ location: `/${name}`, message: expect.stringMatching(message) });
    }
  });

  it('reads what is sound of a dataset with a damaged chunk, and small parts of large claims', async () => {
    const { data } = await file.read('/short', { start: [2] });
    expect(Array.from(data as Int16Array)).toEqual(Array.from({ length: 32 }, (_, i) => i + 32));
    expect((await file.read('/claim_chunked', { start: [5], count: [2] })).data).toEqual(Float64Array.of(0, 0));
    expect((await file.read('/claim_contiguous', { count: [2] })).data).toEqual(Float64Array.of(0, 0));
  });
});

describe('structures that crash libhdf5', () => {
  it.each([
    ['chunk_of_zero', /chunks of at least one element/],
    ['chunk_rank', /chunks of as many dimensions as the data/],
    ['tree_cycle', /tree of names gets lower/],
    ['heap_size', /heap of names inside the file/],
    ['heap_free_list', /free space inside the group's heap of names/],
  ])('refuses %s, however often it is asked', async (name, message) => {
    for (let attempt = 0; attempt < 2; attempt++) {
      const read = async () => {
        await using broken = await openHdf5(join(folder, `broken_${name}.h5`));
        await broken.attributes('/chunked').catch(() => {});
        await broken.read('/chunked');
      };
      const error = await read().catch((e: unknown) => e);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).message).toMatch(message);
    }
  });
});
