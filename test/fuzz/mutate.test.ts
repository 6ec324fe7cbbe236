import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { formats } from '../../lib/formats/table.js';
import { Random } from '../prove/random.js';
import { readFixture } from './fixture.js';
import { damage } from './mutate.js';
import { Hdf5Mutator, lookup3 } from './mutations/hdf5.js';
import { json } from './mutations/json.js';
import { npy } from './mutations/npy.js';
import { pickle } from './mutations/pickle.js';
import { zip } from './mutations/zip.js';
import { targetsOf, withoutTarget } from './targets.js';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const fixture = (name: string) => readFixture(`${fixtures}/${name}`).get('') as Buffer;
const seeds = Array.from({ length: 60 }, (_, seed) => seed);

describe('damage', () => {
  const small = [
    'kilosort/features',
    'npz/sorted.npz',
    'pickle/spikedata.p0.pkl',
    'recordings/si.zarr',
    'npy/f8_big.npy',
  ];
  it.each([...small, 'hdf5/ragged.h5'])('is the same for the same seed, and another for another: %s', (name) => {
    const files = readFixture(`${fixtures}/${name}`);
    const textOf = (seed: number) => {
      const { files: damaged, done } = damage(name, files, seed);
      return done.concat([...damaged].map(([path, bytes]) => path + bytes.toString('latin1'))).join();
    };
    const texts = seeds.map(textOf);
    expect(seeds.every((seed) => textOf(seed) === texts[seed])).toBe(true);
    expect(new Set(texts).size).toBeGreaterThan(40);
    for (const [path, bytes] of readFixture(`${fixtures}/${name}`))
      expect(bytes.equals(files.get(path)!), path).toBe(true);
  });
});

describe('mutations that know a format keep it readable', () => {
  const changed = (mutation: typeof npy, name: string) =>
    seeds.map((seed) => mutation.mutate(fixture(name), new Random(seed)));

  it('npy: the length before most headers is that of the header', () => {
    const whole = changed(npy, 'npy/f8_little.npy').filter((bytes) => {
      const to = 10 + bytes.readUInt16LE(8);
      return bytes.toString('latin1', 10, to).trimEnd().endsWith('}');
    });
    expect(whole.length).toBeGreaterThan(30);
  });

  it('zip: members are damaged while directory and sums are right', () => {
    const inner = (_: string, bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')]);
    const withMore = changed(zip(inner), 'npz/sorted.npz').filter((bytes) => bytes.includes('more'));
    expect(withMore.length).toBeGreaterThan(15);
  });

  it('json: most of it can still be parsed', () => {
    const text = Buffer.from(JSON.stringify({ a: [1, 2, { b: 'x' }], c: null }));
    const parsed = seeds.filter((seed) => {
      try {
        JSON.parse(json.mutate(text, new Random(seed)).toString());
        return true;
      } catch {
        return false;
      }
    });
    expect(parsed.length).toBeGreaterThan(40);
  });

  it('pickle: the first opcode and the last stay, mostly', () => {
    const framed = changed(pickle, 'pickle/spikedata.p4.pkl').filter(
      (bytes) => bytes[0] === 0x80 && bytes.at(-1) === 0x2e,
    );
    expect(framed.length).toBeGreaterThan(30);
  });

  it('HDF5: checksums are made right again', () => {
    // lookup3 of 'Four score and seven years ago', from Bob Jenkins' own driver5
    const text = Buffer.from('Four score and seven years ago');
    expect(lookup3(text, 0, text.length)).toBe(0x17770551);
    const mutator = new Hdf5Mutator(fixture('hdf5_read/numbers_latest.h5'));
    const { from, to } = mutator.structures.find(({ name, summed }) => name === 'OHDR' && summed) ?? { from: 0, to: 0 };
    expect(to).toBeGreaterThan(from);
    const right = seeds.filter((seed) => {
      const bytes = mutator.mutate(seed);
      return bytes.length > to + 4 && lookup3(bytes, from, to) === new DataView(bytes.buffer).getUint32(to, true);
    });
    expect(right.length).toBeGreaterThan(40);
  });
});

describe('targets', () => {
  const targets = targetsOf(fixtures);

  it('have names of their own', () => {
    expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length);
  });

  it('are of every format that is read, but for those with a reason', () => {
    const read = formats.filter(({ load, recording }) => load ?? recording).map(({ name }) => name);
    const tried = new Set([...targets.map(({ format }) => format), ...Object.keys(withoutTarget)]);
    expect([...tried].sort()).toEqual([...read].sort());
    expect(targets.filter(({ format }) => format in withoutTarget)).toEqual([]);
  });

  it('load undamaged', async () => {
    for (const { name, fixture: path, load } of targets) {
      const loaded = await load(path, { onWarning: () => {} }).catch((error) => expect.fail(`${name}: ${error}`));
      if ('close' in loaded) await loaded.close();
    }
  });
});
