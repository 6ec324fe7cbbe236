import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hdf5File, openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { FormatError } from '../../../lib/core/errors.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const folder = fileURLToPath(new URL('../../../fixtures/hdf5_read/', import.meta.url));

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
    ['nothing', /sound gzip data was expected/],
    ['checksum', /fits its checksum/],
    ['lzf', /sound lzf data was expected/],
    ['nbit_short', /a chunk of at least 48 bytes was expected, found 10/],
    ['scaleoffset_short', /a chunk of at least 41 bytes was expected, found 38/],
    ['claim_chunked', /found a claim of 8000000000 bytes/],
    ['claim_contiguous', /found a claim of 8000000000 bytes/],
  ])('refuses %s', async (name, message) => {
    for (const as of ['native', 'float64'] as const) {
      const error = await file.read(`/${name}`, { as }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ location: `/${name}`, message: expect.stringMatching(message) });
    }
  });

  it('reads a sound one of 12 bits', async () => {
    expect((await file.read('/nbit')).data).toEqual(Int16Array.from({ length: 64 }, (_, i) => i));
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
    ['tree_cycle', /tree of names that gets lower/],
    ['heap_size', /heap of names inside the file/],
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

it('needs no free space of a heap of names, which libhdf5 writes through', async () => {
  await using broken = await openHdf5(join(folder, 'broken_heap_free_list.h5'));
  await using sound = await openHdf5(join(folder, 'broken_chunk_of_zero.h5'));
  const names = (await broken.list('/')).map((entry) => entry.name);
  expect(names).toEqual((await sound.list('/')).map((entry) => entry.name));
});

describe('attributes that crash libhdf5', () => {
  const at = useTemporaryFolder();
  const nwb = fileURLToPath(new URL('../../../fixtures/nwb/full.nwb', import.meta.url));

  /** The attribute nwb_version ('2.6.0', a text of variable length) with bytes of its message written over. */
  async function withBytes(offset: number, ...values: number[]): Promise<Record<string, unknown>> {
    const bytes = readFileSync(nwb);
    // the name starts the message's body; behind it come the datatype at 16, the shape at 40, the reference at 48
    Buffer.from(values).copy(bytes, bytes.indexOf('nwb_version\0') + offset);
    writeFileSync(at('a.nwb'), bytes);
    await using file = await openHdf5(at('a.nwb'));
    return await file.attributes('/');
  }

  it('reads the sound one', async () => {
    expect(await withBytes(0)).toMatchObject({ nwb_version: '2.6.0', neurodata_type: 'NWBFile' });
  });

  it('reads no more of a text than its reference says', async () => {
    expect(await withBytes(48, 3)).toMatchObject({ nwb_version: '2.6' });
  });

  it.each<[string, number, number[], RegExp]>([
    ['a text longer than its object', 48, [200], /a reference to object \d+ of 200 bytes that is not there/],
    ['an object that its heap does not have', 60, [250], /a reference to object 250 that is not there/],
    ['a heap outside the file', 52, [0, 0, 0, 0x70], /a global heap in the file/],
    ['a datatype of no size', 20, [0], /a sound datatype/],
    ['a datatype of unknown class', 16, [0x1f], /a sound datatype/],
    ['a datatype of unknown version', 16, [0xf9], /a sound datatype/],
    ['a shape of unknown version', 40, [9], /a sound shape/],
    ['a name without end', 11, [1], /names that end/],
    ['a name larger than its message', -6, [0xff, 0xff], /inside their message/],
    ['more values than its message has', 40, [1, 1, 0, 0, 0, 0, 0, 0, 9], /expected/],
  ])('refuses %s', async (_what, offset, values, message) => {
    const error = await withBytes(offset, ...values).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toMatch(message);
  });
});

const at = useTemporaryFolder();
// libhdf5 makes as many blocks as the heap says, or reads behind its object
it.each([
  ['more blocks than there are bytes for', 20, 0xffffffff, /regions inside their objects/],
  ['more dimensions than the format has', 16, 33, /regions inside their objects/],
  ['an unknown kind', 0, 9, /points or blocks of version 1/],
])('refuses a region of %s', async (_what, offset, value, message) => {
  const bytes = readFileSync(join(folder, '../hdf5_seeds/texts_latest.h5'));
  // blocks, version 1, reserved, then length, rank and count
  const selection = bytes.indexOf(Buffer.from('020000000100000000000000', 'hex'));
  expect(selection).toBeGreaterThan(0);
  bytes.writeUInt32LE(value, selection + offset);
  writeFileSync(at('region.h5'), bytes);
  await using file = await openHdf5(at('region.h5'));
  const error = await file.readRegions('/regions').catch((e: unknown) => e);
  expect((error as Error).message).toMatch(message);
});

describe('a file that is cut', () => {
  const at = useTemporaryFolder();

  it.each(['hdf5_read/damaged.h5', 'hdf5_seeds/texts_latest.h5'])('says so, and by how much (%s)', async (name) => {
    const whole = readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)));
    for (const size of [whole.length - 1, 500]) {
      writeFileSync(at('cut.h5'), whole.subarray(0, size));
      const error = await openHdf5(at('cut.h5')).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).message).toContain(
        `a file of ${whole.length} bytes was expected, as it says, found ${size}: the file is cut`,
      );
    }
  });
});

describe('a claim of two million chunks, of which only libhdf5 knows the filter', () => {
  const at = useTemporaryFolder();
  /** The third byte of the second dimension of /nbit: 16 becomes 16 + 252 * 2^16; its maximum follows 16 bytes later. */
  const [place, digit, columns] = [32_602, 252, 16_515_088];

  it('is filled in with zeros, in pieces between which an abort is seen', async () => {
    const bytes = readFileSync(join(folder, 'damaged.h5'));
    bytes[place] = bytes[place + 16] = digit;
    writeFileSync(at('many.h5'), bytes);
    await using file = await openHdf5(at('many.h5'));
    expect(await file.describe('/nbit')).toMatchObject({ shape: [4, columns], chunk: [2, 16] });
    const { data } = await file.read('/nbit', { start: [0, 0], count: [1, 100_000] });
    expect(Array.from((data as Int16Array).subarray(0, 18))).toEqual([...Array(16).keys(), 0, 0]);
    expect((data as Int16Array).subarray(16).every((value) => value === 0)).toBe(true);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    await expect(file.read('/nbit', { signal: stop.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
  });
});
