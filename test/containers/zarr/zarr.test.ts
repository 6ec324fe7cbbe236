/** Zarr arrays that zarr-python and numcodecs wrote (fixtures/make/zarr.py), whole, in rows, and damaged. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZarrFolder } from '../../../lib/containers/zarr/folder.js';
import { defaultLimits } from '../../../lib/core/limits.js';
import { FormatError, LimitError, UnsupportedError } from '../../../lib/index.js';

interface Row {
  name: string;
  files: Record<string, string>;
  texts: boolean;
  shape: number[];
  values: (number | string)[];
}

const fixture = new URL('../../../fixtures/zarr/arrays.json.gz', import.meta.url);
const rows = JSON.parse(gunzipSync(readFileSync(fixture)).toString('utf8')) as Row[];
const named = (name: string) => rows.find((row) => row.name === name) as Row;

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'zarr-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

let folders = 0;
/** The array as `a` in a group of its own; `change` may replace what is stored. */
function put(files: Record<string, Uint8Array>): string {
  const root = join(scratch, String(folders++));
  mkdirSync(join(root, 'a'), { recursive: true });
  writeFileSync(join(root, '.zgroup'), '{"zarr_format": 2}');
  for (const [key, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'a', key)), { recursive: true });
    writeFileSync(join(root, 'a', key), bytes);
  }
  return root;
}
const stored = (row: Row): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(row.files).map(([key, base64]) => [key, new Uint8Array(Buffer.from(base64, 'base64'))]),
  );
const isChunk = (key: string) => /\d$/.test(key);

async function read(files: Record<string, Uint8Array>, texts = false, limits = defaultLimits) {
  const folder = await ZarrFolder.open(put(files), { limits });
  if (texts) return { data: await folder.readTexts('a'), shape: (await folder.describe('a')).shape };
  return await folder.readNumbers('a');
}

function plain(data: ArrayLike<unknown>): (number | string)[] {
  return Array.from(data, (value) => {
    if (typeof value === 'bigint') return Math.abs(Number(value)) > 2 ** 53 ? String(value) : Number(value);
    if (typeof value === 'number' && !Number.isFinite(value))
      return String(value).replace('Infinity', 'inf').replace('NaN', 'nan');
    return value as number | string;
  });
}

describe('arrays', () => {
  it.each(rows.map((row) => row.name))('%s', async (name) => {
    const row = named(name);
    const { data, shape } = await read(stored(row), row.texts);
    expect(shape).toEqual(row.shape);
    expect(plain(data)).toEqual(row.values);
  });

  it.each(['v2 order F', 'v2 nested', 'v3 transpose', 'v3 shards, index at the end'])('%s, any rows', async (name) => {
    const row = named(name);
    const folder = await ZarrFolder.open(put(stored(row)), { limits: defaultLimits });
    for (const [start, end] of [
      [0, 0],
      [0, 1],
      [7, 9],
      [8, 16],
      [20, 21],
      [3, 21],
    ]) {
      const { data, shape } = await folder.readNumbers('a', [start, end]);
      expect(shape).toEqual([end - start, 6]);
      expect(plain(data)).toEqual(row.values.slice(6 * start, 6 * end));
    }
    await expect(folder.readNumbers('a', [20, 22])).rejects.toThrow(FormatError);
    // a file may say so: integers read as float64 are 2e-322
    await expect(folder.readNumbers('a', [0, 2e-322])).rejects.toThrow(FormatError);
    await expect(folder.readNumbers('a', [0.5, 1.5])).rejects.toThrow(FormatError);
  });
});

/** One chunk file changed, the others whole. */
async function damaged(row: Row, change: (bytes: Uint8Array) => Uint8Array): Promise<unknown> {
  const files = stored(row);
  const key = Object.keys(files).filter(isChunk)[0];
  files[key] = change(files[key]);
  return await read(files, row.texts).then(
    () => 'read',
    (error: unknown) => error,
  );
}

describe('damage', () => {
  const once = rows.filter(
    ({ name, files }) =>
      Object.keys(files).some(isChunk) &&
      !/dtype|fill|many chunks|lz4hc|u1$|f[48]$|>|delta [a-z]|cannot be compressed/.test(name),
  );
  const cut: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['half of it', (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ['all but a byte', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['nothing', () => new Uint8Array()],
  ];
  describe.each(cut)('a chunk of which %s arrived is a FormatError', (_, change) => {
    it.each(once.map((row) => row.name))('%s', async (name) => {
      const error = await damaged(named(name), change);
      expect(error).toBeInstanceOf(FormatError);
      expect((error as FormatError).message).toMatch(/a cannot be read as Zarr|expected/);
    });
  });

  it.each(once.map((row) => row.name))('%s: a changed byte is a value, or a FormatError', async (name) => {
    for (let i = 0; i < 8; i++) {
      const error = await damaged(named(name), (bytes) => {
        const changed = Uint8Array.from(bytes);
        changed[(i * 7919) % changed.length] ^= 1 << (i % 8);
        return changed;
      });
      if (error !== 'read') expect(error).toBeInstanceOf(FormatError);
    }
  });

  it('finds a chunk that does not match its checksum', async () => {
    const error = await damaged(named('v3 zstd and crc32c'), (bytes) => {
      const changed = Uint8Array.from(bytes);
      changed[bytes.length - 1] ^= 1;
      return changed;
    });
    expect((error as Error).message).toMatch(/checksum/);
  });
});

describe('bounds', () => {
  const meta = (change: object) =>
    Buffer.from(
      JSON.stringify({
        ...{
          zarr_format: 2,
          shape: [4],
          chunks: [4],
          dtype: '<i4',
          order: 'C',
          compressor: null,
          filters: null,
          fill_value: 0,
        },
        ...change,
      }),
    );
  const refused = async (files: Record<string, Uint8Array>, texts = false, limits = defaultLimits) =>
    await read(files, texts, limits).then(
      () => 'read',
      (error: unknown) => error,
    );

  it('stops inflating where a chunk is full', async () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 24));
    const error = await refused({ '.zarray': meta({ compressor: { id: 'gzip' } }), '0': bomb });
    expect((error as Error).message).toMatch(/at most 16 bytes/);
  });

  it('allocates nothing above limits.maxArrayBytes, chunks too', async () => {
    const limits = { ...defaultLimits, maxArrayBytes: 1000 };
    expect(await refused({ '.zarray': meta({ shape: [251] }) }, false, limits)).toBeInstanceOf(LimitError);
    expect(await refused({ '.zarray': meta({ chunks: [251] }) }, false, limits)).toBeInstanceOf(LimitError);
  });

  it('does not look for a million chunks that are not there', async () => {
    const { data } = await read({
      '.zarray': meta({ shape: [3_000_000], chunks: [1], fill_value: 3 }),
      '7': Uint8Array.of(9, 0, 0, 0),
    });
    expect([data.length, data[6], data[7], data[8]]).toEqual([3_000_000, 3, 9, 3]);
  });

  it.each([
    ['shape', { shape: undefined }],
    ['shape', { shape: [-1] }],
    ['shape', { shape: 'x' }],
    ['chunks', { chunks: undefined }],
    ['chunks', { chunks: [0] }],
    ['chunks', { chunks: [4, 4] }],
    ['element type', { dtype: '<i3' }],
    ['order', { order: 'K' }],
    ['fill_value', { fill_value: 'x' }],
    ['a list of codecs', { filters: 5 }],
    ['zarr_format 2', { zarr_format: 4 }],
  ])('wrong metadata are a FormatError: %s %j', async (word, change) => {
    const error = await refused({ '.zarray': meta(change) });
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(word);
  });

  it.each([
    { compressor: { id: 'bz2', level: 1 } },
    { filters: [{ id: 'categorize', labels: ['a'], dtype: '<U1' }] },
    { dtype: '|O', filters: [{ id: 'pickle' }] },
    { dtype: '|O' },
    { filters: [{ id: 'fixedscaleoffset', scale: 2, offset: 1, dtype: '<i8' }] },
  ])('what is not read is an UnsupportedError: %j', async (change) => {
    expect(await refused({ '.zarray': meta(change), '0': new Uint8Array(16) })).toBeInstanceOf(UnsupportedError);
  });
});
