/** Written pickles, read by another unpickler (pickleparser) and by our own. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Parser } from 'pickleparser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportSpikeDataToPickle, loadSpikeDataFromPickle, OptionError, SpikeData } from '../../../lib/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pickle-'));
});
afterEach(() => rm(folder, { recursive: true }));

const long = Float64Array.from({ length: 9000 }, (_, i) => i / 3);
const sample = (): SpikeData =>
  new SpikeData([[1, 2.5, 1e3], [], long], {
    length: 4000,
    startTime: -1,
    metadata: { label: 'µ 日', count: 70_000, part: 0.5, list: [1, [true, null]], small: -3, ids: Int16Array.of(1, 2) },
    neuronAttributes: [{ unit_id: 1, location: [1.5, 2] }, { unit_id: 2 }, { unit_id: 'x' }],
    rawData: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
    rawTime: Float64Array.of(0, 0.05),
  });

/** numpy and SpikeData as pickleparser's names: calls and states kept as they are. */
class Recorded {
  state: unknown;
  __setstate__(state: unknown): void {
    this.state = state;
  }
}
const names: Record<string, unknown> = {
  '_codecs.encode': (value: string) => new Uint8Array(Buffer.from(value, 'latin1')),
  'numpy.core.multiarray._reconstruct': () => new Recorded(),
  'numpy.ndarray': Recorded,
  'numpy.dtype': (name: string) => Object.assign(new Recorded(), { name }),
  'spikelab.spikedata.spikedata.SpikeData': Recorded,
};
function byPickleparser(bytes: Buffer): Map<string, unknown> {
  const resolve = (module: string, name: string) => names[`${module}.${name}`] as never;
  const parser = new Parser({ nameResolver: { resolve }, unpicklingTypeOfDictionary: 'Map' });
  return parser.parse<Recorded>(bytes).state as Map<string, unknown>;
}
function arrayOf(recorded: unknown) {
  const [version, shape, dtype, fortran, data] = (recorded as Recorded).state as [
    number,
    number[],
    Recorded & { name: string },
    boolean,
    Uint8Array,
  ];
  return { version, shape, type: dtype.name, order: (dtype.state as unknown[])[1], fortran, bytes: Buffer.from(data) };
}

describe.each([2, 3, 4, 5] as const)('a pickle of protocol %i', (protocol) => {
  it("has the attributes of SpikeLab's class", async () => {
    const path = join(folder, 'sd.pkl');
    expect(await exportSpikeDataToPickle(sample(), path, { protocol })).toBe(path);
    const bytes = await readFile(path);
    expect([bytes[0], bytes[1]]).toEqual([0x80, protocol]);
    const state = byPickleparser(bytes);
    const attributes = 'train start_time length N raw_data raw_time metadata neuron_attributes';
    expect([...state.keys()].join(' ')).toBe(attributes);
    expect((state.get('train') as unknown[]).map((train) => arrayOf(train).shape)).toEqual([[3], [0], [9000]]);
    expect(arrayOf((state.get('train') as unknown[])[2])).toEqual({
      ...{ version: 1, shape: [9000], type: 'f8', order: '<', fortran: false },
      bytes: Buffer.from(long.buffer),
    });
    expect(arrayOf(state.get('raw_data'))).toMatchObject({ shape: [2, 2], type: 'f4' });
    expect([state.get('start_time'), state.get('length'), state.get('N')]).toEqual([-1, 4000, 3]);
    const metadata = state.get('metadata') as Map<string, unknown>;
    expect([metadata.get('label'), metadata.get('count'), metadata.get('list')]).toEqual([
      'µ 日',
      70_000,
      [1, [true, null]],
    ]);
    expect(arrayOf(metadata.get('ids'))).toMatchObject({ shape: [2], type: 'i2' });
  });

  it('loads again as it was', async () => {
    const sd = sample();
    const path = join(folder, 'sd.pkl');
    await exportSpikeDataToPickle(sd, path, { protocol });
    const back = await loadSpikeDataFromPickle(path);
    expect([...back.train]).toEqual([...sd.train]);
    expect([back.N, back.length, back.startTime, back.rawData, back.rawTime]).toEqual([
      ...[sd.N, sd.length, sd.startTime, sd.rawData, sd.rawTime],
    ]);
    expect(back.metadata).toEqual(sd.metadata);
    expect(back.neuronAttributes).toEqual(sd.neuronAttributes);
  });
});

describe('exporting', () => {
  it('without raw data writes the empty arrays of the class', async () => {
    const path = join(folder, 'sd.pkl');
    await exportSpikeDataToPickle(new SpikeData([]), path);
    const state = byPickleparser(await readFile(path));
    expect([arrayOf(state.get('raw_data')).shape, arrayOf(state.get('raw_time')).shape]).toEqual([[0, 0], [0]]);
    expect(state.get('neuron_attributes')).toBeNull();
  });

  it('keeps text with a lone surrogate, infinities and minus zero', async () => {
    const path = join(folder, 'sd.pkl');
    const metadata = { text: 'a\ud800b😀', inf: Number.NEGATIVE_INFINITY, zero: -0, big: -(2n ** 64n) };
    await exportSpikeDataToPickle(new SpikeData([], { metadata }), path);
    expect((await loadSpikeDataFromPickle(path)).metadata).toEqual(metadata);
  });

  it('refuses what Python has no form of, and leaves nothing behind', async () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    for (const metadata of [{ f: () => 1 }, loop, { s: Symbol('x') }]) {
      const written = exportSpikeDataToPickle(new SpikeData([], { metadata }), join(folder, 'sd.pkl'));
      await expect(written).rejects.toBeInstanceOf(OptionError);
    }
    await expect(exportSpikeDataToPickle(sample(), join(folder, 'x'), { protocol: 1 as 2 })).rejects.toMatchObject({
      option: 'protocol',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
