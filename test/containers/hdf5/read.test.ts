import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Hdf5File, openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { FormatError, LimitError, NotFoundError, OptionError } from '../../../lib/core/errors.js';

const folder = fileURLToPath(new URL('../../../fixtures/hdf5_read/', import.meta.url));
type Expected = { shape: number[]; dtype: string; data: (number | string)[] };
const expected: Record<string, Record<string, Expected>> = JSON.parse(
  readFileSync(join(folder, 'expected.json'), 'utf8'),
);

const arrayTypes: Record<string, string> = {
  bool: 'Int8Array',
  float16: 'Float32Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
  int8: 'Int8Array',
  int16: 'Int16Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  uint8: 'Uint8Array',
  uint16: 'Uint16Array',
  uint32: 'Uint32Array',
  uint64: 'BigUint64Array',
};
const numberOf = (value: number | string) =>
  value === 'nan' ? Number.NaN : Number(String(value).replace('inf', 'Infinity'));

for (const [name, datasets] of Object.entries(expected)) {
  describe(`numbers of ${name}`, () => {
    let file: Hdf5File;
    beforeAll(async () => {
      file = await openHdf5(join(folder, name));
    });
    afterAll(() => file.close());

    it.each(Object.entries(datasets))('%s as h5py reads it', async (path, { shape, dtype, data }) => {
      const native = await file.read(path);
      expect(native.shape).toEqual(shape);
      expect(native.data.constructor.name).toBe(arrayTypes[dtype]);
      if (native.data instanceof BigInt64Array || native.data instanceof BigUint64Array) {
        expect(Array.from(native.data, String)).toEqual(data);
      } else {
        expect(Array.from(native.data)).toEqual(data.map(numberOf));
      }
      const wide = await file.read(path, { as: 'float64' });
      expect(wide.data).toEqual(Float64Array.from(data, numberOf));
    });

    it('reads every slab of every chunked dataset as the same part of the whole', async () => {
      for (const [path, { shape, data }] of Object.entries(datasets)) {
        if (shape.length !== 2 || data.length === 0) continue;
        const [rows, columns] = shape;
        const whole = data.map(numberOf);
        for (const [r, c] of [
          [0, 0],
          [1, 2],
          [2, 1],
          [rows - 1, columns - 1],
        ]) {
          for (const [nr, nc] of [
            [1, 1],
            [rows - r, columns - c],
            [1, columns - c],
            [rows - r, 1],
            [0, 1],
          ]) {
            const part = await file.read(path, { start: [r, c], count: [nr, nc], as: 'float64' });
            const wanted: number[] = [];
            for (let i = r; i < r + nr; i++) wanted.push(...whole.slice(i * columns + c, i * columns + c + nc));
            expect(Array.from(part.data), `${path} [${r}+${nr}, ${c}+${nc}]`).toEqual(wanted);
            expect(part.shape).toEqual([nr, nc]);
          }
        }
      }
    });
  });
}

describe('reading', () => {
  let file: Hdf5File;
  beforeAll(async () => {
    file = await openHdf5(join(folder, 'numbers_earliest.h5'));
  });
  afterAll(() => file.close());
  const whole = expected['numbers_earliest.h5']['/filters/gzip'];

  it('fills memory that it is given', async () => {
    const into = new Int16Array(52).fill(-1).subarray(1, 51);
    const { data, shape } = await file.readInto('/filters/gzip', into, { start: [3], count: [1] });
    expect(data).toBe(into);
    expect(shape).toEqual([1, 50]);
    expect(Array.from(into)).toEqual(whole.data.slice(150, 200));
    expect(new Int16Array(into.buffer)[0]).toBe(-1);
    expect(new Int16Array(into.buffer)[51]).toBe(-1);
    const wide = await file.readInto('/filters/gzip', new Float64Array(350));
    expect(Array.from(wide.data)).toEqual(whole.data);
    await expect(file.readInto('/filters/gzip', new Int16Array(10))).rejects.toThrow(OptionError);
    await expect(file.readInto('/filters/gzip', new Uint16Array(350))).rejects.toThrow(/into must be/);
  });

  it('reads many vectors as trains', async () => {
    const paths = ['/compact', '/empty/one', '/compact'];
    const scale = { multiply: 1000, divide: 1, add: 0 };
    const trains = await file.readTrains(paths, scale);
    if (trains.problem) throw new Error(trains.problem.kind);
    const { times, offsets, findings } = trains;
    const inOrder = (values: number[]) => values.map((value) => value * 1000).sort((a, b) => a - b);
    const compact = inOrder([1, -2, 3, 32767, -32768]);
    expect(Array.from(offsets)).toEqual([0, 5, 5, 10]);
    expect(Array.from(times)).toEqual([...compact, ...compact]);
    expect(findings).toMatchObject({ unsortedTrains: 2, emptyTrains: 1 });
    expect(await file.readTrains([], scale)).toMatchObject({ offsets: new Float64Array(1) });
    await expect(file.readTrains(['/scalar/int'], scale)).rejects.toThrow(/one dimension was expected, found a scalar/);
    await expect(file.readTrains(['/filters/gzip'], scale)).rejects.toThrow(/expected, found 2 dimensions/);
  });

  it('refuses slabs outside the dataset', async () => {
    for (const slab of [{ start: [8] }, { count: [1, 51] }, { start: [0, 49], count: [1, 2] }, { start: [0, 0, 0] }]) {
      await expect(file.read('/filters/gzip', slab), JSON.stringify(slab)).rejects.toThrow(
        /inside the shape \(7, 50\)/,
      );
    }
    await expect(file.read('/filters/gzip', { start: [-1] })).rejects.toThrow(OptionError);
    await expect(file.read('/filters/gzip', { start: [0.5] })).rejects.toThrow(OptionError);
  });

  it('names the datasets there are when one is missing', async () => {
    const error = await file.read('/filters/gone').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as NotFoundError).location).toBe('/filters/gone');
    expect((error as NotFoundError).available).toContain('/compact');
    await expect(file.read('/filters')).rejects.toThrow(/a dataset was expected, found a group/);
    await expect(file.list('/compact')).rejects.toThrow(/a group was expected, found a dataset/);
  });

  it('counts decoded bytes against one budget for the file', async () => {
    const tight = await openHdf5(join(folder, 'numbers_earliest.h5'), { limits: { maxArrayBytes: 1500 } });
    await tight.read('/filters/gzip');
    await tight.read('/filters/gzip');
    const error = await tight.read('/filters/gzip').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit: 'maxArrayBytes', allowed: 1500, found: 2100 });
    tight.close();
  });

  it('stops when the signal says so', async () => {
    const reason = new Error('enough');
    await expect(file.read('/filters/gzip', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('reports bytes read when it is closed, and refuses work afterwards', async () => {
    const report = { bytesRead: 0 };
    const closing = await openHdf5(join(folder, 'numbers_earliest.h5'), { report });
    await closing.read('/filters/none');
    closing.close();
    closing.close();
    expect(report.bytesRead).toBeGreaterThan(700);
    await expect(closing.read('/filters/none')).rejects.toThrow(/an open HDF5 file/);
  });
});

it('reads chunks that were never written as the fill value, where only libhdf5 has the filter', async () => {
  const few = await openHdf5(join(folder, 'absent_chunks.h5'));
  const { data, shape } = await few.read('/few');
  expect(shape).toEqual([20_000, 3]);
  const whole = new Int32Array(60_000).fill(-7);
  for (let i = 0; i < 12; i++) whole[3 * 12_001 + i] = i;
  expect(data).toEqual(whole);
  const part = await few.read('/few', { start: [11_998, 1], count: [5, 2] });
  expect([...part.data]).toEqual([-7, -7, -7, -7, -7, -7, 1, 2, 4, 5]);
  few.close();
});

describe('files that are no HDF5', () => {
  it.each([
    [join(folder, 'expected.json'), FormatError],
    [folder, FormatError],
    [join(folder, 'none.h5'), NotFoundError],
    ['/dev/zero', FormatError],
  ])('%s', async (path, kind) => {
    await expect(openHdf5(path)).rejects.toThrow(kind);
  });

  it('says by how much a file is too large', async () => {
    const open = openHdf5(join(folder, 'objects.h5'), { limits: { maxFileBytes: 100 } });
    await expect(open).rejects.toThrow(LimitError);
  });
});
