import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  booleans,
  Hdf5Draft,
  numbers,
  reference,
  references,
  scalar,
  text,
  texts,
} from '../../../lib/containers/hdf5/draft.js';
import { NotFoundError, OptionError, SpikeLabError } from '../../../lib/core/errors.js';
import { attributesOf, datasetAt, namesIn, objectAt, openHdf5, referredPath, valuesOf } from '../../support/h5wasm.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const at = useTemporaryFolder();

describe('numbers', () => {
  it.each([
    ['int8', Int8Array.of(-128, 0, 127), '<b'],
    ['uint8', Uint8Array.of(0, 255), '<B'],
    ['int16', Int16Array.of(-32768, 32767), '<h'],
    ['uint16', Uint16Array.of(0, 65535), '<H'],
    ['int32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1), '<i'],
    ['uint32', Uint32Array.of(0, 2 ** 32 - 1), '<I'],
    ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n), '<q'],
    ['uint64', BigUint64Array.of(0n, 2n ** 64n - 1n), '<Q'],
    ['float32', Float32Array.of(1.5, -0), '<f'],
    ['float64', Float64Array.of(Math.PI, Number.NaN, -Infinity), '<d'],
  ])('%s are stored as they are', async (_name, data, dtype) => {
    await new Hdf5Draft().dataset('x', numbers(data)).write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(datasetAt(file, '/x').dtype).toBe(dtype);
    expect(datasetAt(file, '/x').value).toEqual(data);
  });

  it('keeps shapes, empty ones and scalars among them', async () => {
    await new Hdf5Draft()
      .dataset('matrix', numbers(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]))
      .dataset('empty', numbers(new Float64Array(0)))
      .dataset('no_columns', numbers(new BigInt64Array(0), [2, 0]))
      .dataset('scalar', scalar(2.5))
      .write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(datasetAt(file, 'matrix').to_array()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(datasetAt(file, 'empty').shape).toEqual([0]);
    expect(datasetAt(file, 'no_columns').shape).toEqual([2, 0]);
    expect(datasetAt(file, 'scalar').shape).toEqual([]);
    expect(datasetAt(file, 'scalar').value).toBe(2.5);
  });

  it('joins pieces, more than one block of them, in order', async () => {
    const pieces = [300_000, 0, 1, 200_000].map((n, k) => Float64Array.from({ length: n }, (_, i) => k * 1e6 + i));
    await new Hdf5Draft().dataset('x', { type: 'float64', shape: [500_001], pieces }).write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(datasetAt(file, 'x').value).toEqual(Float64Array.from(pieces.flatMap((piece) => [...piece])));
  });

  it('converts on the way: product first, halves to the even number', async () => {
    const pieces = [Float64Array.of(2.5, 3.5, -0.5, -1.5, 123.456)];
    await new Hdf5Draft()
      .dataset('samples', { type: 'int64', shape: [5], pieces, conversion: { factor: 1000, divisor: 1000 } })
      .dataset('seconds', { type: 'float64', shape: [5], pieces, conversion: { factor: 1, divisor: 1000 } })
      .write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(datasetAt(file, 'samples').value).toEqual(BigInt64Array.of(2n, 4n, 0n, -2n, 123n));
    expect(datasetAt(file, 'seconds').value).toEqual(Float64Array.of(0.0025, 0.0035, -0.0005, -0.0015, 0.123456));
  });

  it('refuses sample numbers beyond 64 bits and leaves nothing behind', async () => {
    const draft = new Hdf5Draft().dataset('x', {
      type: 'int64',
      shape: [1],
      pieces: [Float64Array.of(2 ** 63)],
      conversion: { factor: 1, divisor: 1 },
    });
    await expect(draft.write(at('a.h5'))).rejects.toThrow(OptionError);
    expect(readdirSync(dirname(at('')))).not.toContain('a.h5');
  });

  it('writes runs of unit indices', async () => {
    await new Hdf5Draft()
      .dataset('x', { type: 'int64', shape: [200_003], runLengths: Float64Array.of(2, 0, 200_000, 1) })
      .write(at('a.h5'));
    const value = datasetAt(await openHdf5(at('a.h5')), 'x').value as BigInt64Array;
    expect(value.slice(0, 3)).toEqual(BigInt64Array.of(0n, 0n, 2n));
    expect(value.slice(-2)).toEqual(BigInt64Array.of(2n, 3n));
    expect(value.slice(2, -1).every((unit) => unit === 2n)).toBe(true);
  });
});

describe('everything else', () => {
  it('writes text, booleans, references, soft links and attributes of each kind', async () => {
    await new Hdf5Draft()
      .attribute('/', 'version', text('2.7.0'))
      .attribute('/units', 'colnames', texts(['spike_times', 'größe']))
      .attribute('/units', 'none', texts([]))
      .attribute('/units', 'count', scalar(3))
      .attribute('/units/index', 'target', reference('/units/times'))
      .dataset('/units/owner', references(['/devices/probe', '/units']))
      .dataset('/units/names', texts(['a', '', 'ü']))
      .dataset('/units/good', booleans([true, false]))
      .dataset('/units/times', numbers(Float64Array.of(1)))
      .dataset('/units/index', numbers(Uint8Array.of(1)))
      .group('/devices/probe')
      .softLink('/units/device', '/devices/probe')
      .dataset('title', text('one line'))
      .write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(attributesOf(file, '/').version).toBe('2.7.0');
    expect(attributesOf(file, '/units')).toMatchObject({ colnames: ['spike_times', 'größe'], none: [], count: 3 });
    expect(referredPath(file, objectAt(file, '/units/index').attrs.target.value)).toBe('/units/times');
    const owners = datasetAt(file, '/units/owner').value as unknown[];
    expect(owners.map((owner) => referredPath(file, owner))).toEqual(['/devices/probe', '/units']);
    expect(valuesOf(file, '/units/names')).toEqual(['a', '', 'ü']);
    expect(datasetAt(file, '/units/names').metadata).toMatchObject({ vlen: true, cset: 1 });
    expect(datasetAt(file, '/units/good').metadata.enum_type?.members).toEqual({ FALSE: 0, TRUE: 1 });
    expect(valuesOf(file, '/units/good')).toEqual([1, 0]);
    expect(file.get_link('/units/device')).toBe('/devices/probe');
    expect(valuesOf(file, '/title')).toBe('one line');
  });

  it('refuses two objects at one place, objects inside datasets, and NUL in text', () => {
    const draft = () => new Hdf5Draft().dataset('a/b', scalar(1));
    expect(() => draft().dataset('/a//b', scalar(2))).toThrow(OptionError);
    expect(() => draft().group('a/b')).toThrow(OptionError);
    expect(() => draft().dataset('a/b/c', scalar(1)).entries()).toThrow(/outside \/a\/b/);
    expect(() => draft().dataset('/', scalar(1))).toThrow(OptionError);
    expect(() => draft().dataset('t', text('a\0b'))).toThrow(OptionError);
    expect(draft().group('a').group('a/').entries()).toHaveLength(2);
  });

  it('makes the same bytes from the same data', async () => {
    const draft = () => new Hdf5Draft().dataset('a/b', scalar(1)).attribute('/a', 'x', text('y'));
    await draft().write(at('1.h5'));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await draft().write(at('2.h5'));
    expect(readFileSync(at('1.h5')).equals(readFileSync(at('2.h5')))).toBe(true);
  });

  it('writes thousands of datasets in one call', async () => {
    const draft = new Hdf5Draft();
    for (let u = 0; u < 3000; u++) draft.dataset(`units/${u}`, numbers(Float64Array.of(u)));
    await draft.write(at('a.h5'));
    const file = await openHdf5(at('a.h5'));
    expect(namesIn(file, 'units')).toHaveLength(3000);
    expect(valuesOf(file, 'units/2999')).toEqual([2999]);
  });
});

describe('the file on disk', () => {
  const draft = new Hdf5Draft().dataset('x', scalar(1));
  const broken = new Hdf5Draft().dataset('x', scalar(1)).attribute('/nowhere', 'x', scalar(1));

  it('stays as it was when writing fails, with nothing left beside it', async () => {
    writeFileSync(at('a.h5'), 'precious');
    const failure = broken.write(at('a.h5'));
    await expect(failure).rejects.toMatchObject({ code: 'ERR_WRITE' });
    await expect(failure).rejects.toThrow(SpikeLabError);
    expect(readFileSync(at('a.h5'), 'utf8')).toBe('precious');
    await expect(broken.write(at('b.h5'))).rejects.toThrow(/\/nowhere/);
    expect(readdirSync(at(''))).toEqual(['a.h5']);
  });

  it('is replaced with its permissions kept, through a symbolic link', async () => {
    writeFileSync(at('real.h5'), 'old');
    chmodSync(at('real.h5'), 0o640);
    symlinkSync(at('real.h5'), at('link.h5'));
    await draft.write(at('link.h5'));
    expect(statSync(at('real.h5')).mode & 0o777).toBe(0o640);
    expect(valuesOf(await openHdf5(at('real.h5')), 'x')).toBe(1);
    expect(readdirSync(at('')).sort()).toEqual(['link.h5', 'real.h5']);
  });

  it('needs a folder that exists and a path that is no folder', async () => {
    await expect(draft.write(at('no/such/a.h5'))).rejects.toThrow(NotFoundError);
    mkdirSync(at('folder'));
    await expect(draft.write(at('folder'))).rejects.toThrow(OptionError);
    await expect(draft.write('')).rejects.toThrow(OptionError);
    await expect(draft.write(7)).rejects.toThrow(OptionError);
  });

  it('may have a name as long as the file system allows', async () => {
    const name = `${'ü'.repeat(125)}.h5`;
    await draft.write(at(name));
    expect(readdirSync(at(''))).toEqual([name]);
  });
});
