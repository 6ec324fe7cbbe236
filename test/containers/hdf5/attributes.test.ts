import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { FormatError, SpikeLabError } from '../../../lib/core/errors.js';
import { Hdf5Mutator, randomNumbers } from '../../fuzz/mutations/hdf5.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const folder = fileURLToPath(new URL('../../../fixtures/hdf5_attributes/', import.meta.url));
type Values = Record<string, Record<string, unknown>>;
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Values>;
const at = useTemporaryFolder();

/** As the fixtures' expected values are written: 64-bit integers as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, plain);
  return value;
}
/** Lists as they are in memory: in one piece, booleans as bytes. */
const flat = (value: unknown) =>
  Array.isArray(value) ? value.flat(9).map((item) => (typeof item === 'boolean' ? Number(item) : item)) : value;
const flatAll = (values: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, flat(value)]));

async function read(path: string): Promise<Values> {
  await using file = await openHdf5(path);
  const out: Values = {};
  for (const object of ['/few', '/many', '/large']) {
    const values = await file.attributes(object);
    out[object] = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, plain(value)]));
  }
  return out;
}

describe('attributes as h5py reads them', () => {
  it.each(Object.keys(expected))('of %s, in headers and in heaps, whatever is kept elsewhere', async (name) => {
    const found = await read(join(folder, name));
    for (const [object, values] of Object.entries(expected[name])) expect(found[object]).toEqual(flatAll(values));
  });

  it('of a dataset and of a datatype that was committed', async () => {
    await using file = await openHdf5(join(folder, 'committed_latest.h5'));
    expect(await file.attributes('/types/int')).toMatchObject({ 'of a type': 3 });
    expect((await file.read('/data')).data).toEqual(Int16Array.of(0, 1, 2, 3));
  });

  it('and datasets whose shape and type are kept in heaps', async () => {
    await using file = await openHdf5(join(folder, 'pooled_parts.h5'));
    for (const name of ['/chunked', '/again']) {
      const { data, shape } = await file.read(name);
      expect(shape).toEqual([4, 10]);
      expect(data).toEqual(Int16Array.from({ length: 40 }, (_, i) => i));
    }
  });
});

/** One place of a file written over, with the checksums of all structures made right again. */
function withBytes(name: string, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(join(folder, name));
  const { structures } = new Hdf5Mutator(bytes);
  change(bytes);
  const path = at('changed.h5');
  writeFileSync(path, Hdf5Mutator.sealed(bytes, structures));
  return path;
}

/** Where an attribute named 'texts' says where its datatype is: version 2, committed, the address of its header. */
const typeOfTexts = (bytes: Buffer) => bytes.indexOf('texts\0\x02\x02') + 6;

describe('what is kept elsewhere and is not there', () => {
  it.each<[string, string, (bytes: Buffer) => void, RegExp]>([
    [
      'a datatype that is no header',
      'committed_latest.h5',
      (bytes) => bytes.writeUInt32LE(1, typeOfTexts(bytes) + 2),
      /a committed datatype at byte 1/,
    ],
    [
      'a datatype of an unknown kind of place',
      'committed_latest.h5',
      (bytes) => bytes.set([3, 7], typeOfTexts(bytes)),
      /a shared message of a known kind/,
    ],
    [
      'a datatype in a heap that the file does not have',
      'committed_latest.h5',
      (bytes) => bytes.set([3, 1], typeOfTexts(bytes)),
      /a file with a table of shared messages/,
    ],
    [
      'a table of no types',
      'pooled_parts.h5',
      (bytes) => bytes.fill(0, bytes.indexOf('SMTB') + 6, bytes.indexOf('SMTB') + 8),
      /a table of shared messages that has those of type 1/,
    ],
  ])('%s', async (_what, name, change, message) => {
    const error = await read(withBytes(name, change)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).message).toMatch(message);
  });
});

// libhdf5 reads on behind the message
it('refuses an enumeration of more names than its header has', async () => {
  const path = withBytes('committed_latest.h5', (bytes) => {
    const names = bytes.indexOf('idle\0on\0');
    expect(names).toBeGreaterThan(0);
    // the type's own head of 8 bytes, and its base of 12, are before them
    bytes.writeUInt16LE(0x7fff, names - 20 + 1);
  });
  await using file = await openHdf5(path);
  const error = await file.attributes('/types/state').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).message).toMatch(/all that its messages say/);
});

// libhdf5 ended the process in walking heaps of attributes with committed datatypes
it('gives values or an error for every damage, and never ends the process', async () => {
  for (const name of Object.keys(expected)) {
    const mutator = new Hdf5Mutator(readFileSync(join(folder, name)));
    const below = randomNumbers(5);
    for (let i = 0; i < 100; i++) {
      writeFileSync(at('damaged.h5'), mutator.mutate(below(2 ** 31)));
      const error = await read(at('damaged.h5')).then(
        () => undefined,
        (e: unknown) => e,
      );
      if (error) expect(error).toBeInstanceOf(SpikeLabError);
    }
  }
});
