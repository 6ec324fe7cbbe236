/** Values that meet the borders of the buffers they are read and written through, at every offset. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Parser } from 'pickleparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withPickleFile } from '../../../lib/containers/pickle/pickle.js';
import { exportSpikeDataToPickle, loadSpikeDataFromPickle, SpikeData } from '../../../lib/index.js';
import { fixture } from './cases.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pickle-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function readBack(bytes: Uint8Array): Promise<unknown> {
  const path = join(folder, 'read.pkl');
  await writeFile(path, bytes);
  return await withPickleFile(path, {}, async (pickle) => {
    await pickle.readRest();
    return pickle.converter().convert(pickle.root, 'the value');
  });
}

/** mixed_values of fixtures/make/pickle.py. */
function mixedValues(count: number): unknown[] {
  const kinds: ((i: number) => unknown)[] = [
    (i) => i % 256,
    (i) => 256 + (i % 65280),
    (i) => -70000 - i,
    (i) => 2 ** 31 + i,
    (i) => ((7919 * i) % 10007) / 3,
    (i) => `unit ${i % 100}`,
    (i) => {
      const value = 2n ** 40n * BigInt(i - 5000) + 3n;
      return BigInt(Number(value)) === value && Math.abs(Number(value)) < 2 ** 53 ? Number(value) : value;
    },
    (i) => i % 2 === 0,
    (i) => -(i % 50),
    (i) => 'x'.repeat(i % 23),
  ];
  return Array.from({ length: count }, (_, i) => kinds[(i + Math.floor(i / 10)) % 10](i));
}

describe('the reader', () => {
  it.each([0, 1, 2, 3, 4, 5])("reads 12,000 of CPython's values of protocol %i", async (protocol) => {
    const stored = gunzipSync(await readFile(fixture(`mixed.p${protocol}.pkl.gz`)));
    expect(await readBack(stored)).toEqual(mixedValues(12_000));
  });

  // by hand, after pickletools: a list of one number many times, moved against the window by 0 to 8 bytes of text
  const encoders: [string, number, (value: number) => Buffer][] = [
    ['BININT1', 1, (value) => Buffer.of(0x4b, value & 255)],
    ['BININT2', 2, (value) => Buffer.of(0x4d, value & 255, (value >> 8) & 255)],
    ['BININT', 4, (value) => number((stored) => stored.writeInt32LE(value, 1), 0x4a, 4)],
    ['BINFLOAT', 8, (value) => number((stored) => stored.writeDoubleBE(value / 8, 1), 0x47, 8)],
    ['BINUNICODE', 4, (value) => Buffer.concat([number((s) => s.writeUInt32LE(5, 1), 0x58, 4), textOf(value)])],
    ['BINUNICODE8', 8, (value) => Buffer.concat([number((s) => s.writeBigUInt64LE(5n, 1), 0x8d, 8), textOf(value)])],
  ];
  const expected: Record<string, (value: number) => unknown> = {
    BININT1: (value) => value & 255,
    BININT2: (value) => value & 65535,
    BINFLOAT: (value) => value / 8,
    BINUNICODE: (value) => textOf(value).toString(),
    BINUNICODE8: (value) => textOf(value).toString(),
  };
  it.each(encoders)('reads %s at every offset of a window', async (name, width, encode) => {
    const values = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 99991);
    for (let pad = 0; pad <= width; pad++) {
      const text = Buffer.concat([Buffer.of(0x58, pad, 0, 0, 0), Buffer.alloc(pad, 'p')]);
      const bytes = Buffer.concat([
        Buffer.from('(', 'latin1'),
        text,
        ...values.map(encode),
        Buffer.from('l.', 'latin1'),
      ]);
      const found = (await readBack(bytes)) as unknown[];
      expect(found, `after ${pad} bytes`).toEqual([
        'p'.repeat(pad),
        ...values.map((value) => expected[name]?.(value) ?? value),
      ]);
    }
  });
});

function number(write: (stored: Buffer) => void, opcode: number, width: number): Buffer {
  const stored = Buffer.alloc(1 + width, opcode);
  write(stored);
  return stored;
}

function textOf(value: number): Buffer {
  return Buffer.from(String(value % 100_000).padStart(5, '0'));
}

/** The multiplier and increment of Numerical Recipes: the same sizes in every run. */
function* draws(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Trains and metadata of sizes from 0 to `most`, as many small as large: some end at, before and behind each border. */
function randomSpikeData(seed: number): SpikeData {
  const random = draws(seed);
  const draw = () => random.next().value as number;
  const size = (most: number) => Math.floor((most + 1) ** draw()) - 1;
  const trains = Array.from({ length: 10 + size(200) }, () =>
    Float64Array.from({ length: size(3000) }, (_, i) => i / 4),
  );
  const texts = Array.from({ length: size(300) }, () => 'µs 日'.repeat(size(5000)));
  const numbers = Array.from({ length: size(30_000) }, (_, i) => (i % 3 ? i - 15_000 : i / 7));
  return new SpikeData(trains, {
    length: 1000,
    metadata: { texts, numbers },
    neuronAttributes: trains.map((_, i) => ({ unit_id: i, label: 'u'.repeat(size(60)) })),
  });
}

class Recorded {
  state: unknown;
  __setstate__(state: unknown): void {
    this.state = state;
  }
}

/** The trains as bytes and the metadata, by pickleparser: it reads these opcodes right. */
function byPickleparser(bytes: Buffer) {
  const names: Record<string, unknown> = {
    '_codecs.encode': (value: string) => new Uint8Array(Buffer.from(value, 'latin1')),
    'numpy.core.multiarray._reconstruct': () => new Recorded(),
    'numpy.ndarray': Recorded,
    'numpy.dtype': () => new Recorded(),
    'spikelab.spikedata.spikedata.SpikeData': Recorded,
  };
  const resolve = (module: string, name: string) => names[`${module}.${name}`] as never;
  const parser = new Parser({ nameResolver: { resolve }, unpicklingTypeOfDictionary: 'Map' });
  const state = parser.parse<Recorded>(bytes).state as Map<string, unknown>;
  const trains = (state.get('train') as Recorded[]).map(
    (train) => (train.state as [number, number[], unknown, boolean, Uint8Array])[4],
  );
  const attributes = (state.get('neuron_attributes') as Map<string, unknown>[]).map((row) => Object.fromEntries(row));
  return { trains, attributes, metadata: Object.fromEntries(state.get('metadata') as Map<string, unknown>) };
}

describe.each([2, 3, 4, 5] as const)('the writer of protocol %i', (protocol) => {
  it('writes values of all sizes that another reader finds unchanged', async () => {
    const path = join(folder, 'written.pkl');
    for (let seed = 1; seed <= 6; seed++) {
      const sd = randomSpikeData(seed * 1000 + protocol);
      await exportSpikeDataToPickle(sd, path, { protocol });
      const found = byPickleparser(await readFile(path));
      expect(found.metadata, `seed ${seed}`).toEqual(sd.metadata);
      expect(found.attributes).toEqual(sd.neuronAttributes);
      expect(found.trains.length).toBe(sd.N);
      const same = sd.train.map((train, u) =>
        Buffer.from(train.buffer, train.byteOffset, train.byteLength).equals(found.trains[u]),
      );
      expect(same.indexOf(false), `seed ${seed}: the first train that differs`).toBe(-1);
      const back = await loadSpikeDataFromPickle(path);
      expect(back.metadata.numbers).toEqual(sd.metadata.numbers);
      expect(back.train.findIndex((train, u) => train.some((time, i) => time !== sd.train[u][i]))).toBe(-1);
    }
  });
});
