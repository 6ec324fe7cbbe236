import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FormatError, loadSpikeDataFromPickle, NotFoundError } from '../../../lib/index.js';
import { comparable, fixture, fromTagged } from '../../containers/pickle/cases.js';

const saved = fromTagged({
  $dict: JSON.parse(readFileSync(fixture('spikedata.expected.json'), 'utf8')),
}) as Map<string, unknown>;

describe('a pickled SpikeData', () => {
  it.each([0, 1, 2, 3, 4, 5])('of protocol %i has the attributes that Python gave it', async (protocol) => {
    const sd = await loadSpikeDataFromPickle(fixture(`spikedata.p${protocol}.pkl`));
    expect([...sd.train]).toEqual(saved.get('train'));
    expect([sd.N, sd.length, sd.startTime]).toEqual([3, 1200, -100]);
    expect(sd.rawData).toEqual(saved.get('raw_data'));
    expect(sd.rawTime).toEqual(saved.get('raw_time'));
    expect(comparable(sd.metadata)).toEqual(saved.get('metadata'));
    expect(sd.neuronAttributes?.map((unit) => unit.electrode)).toEqual([10, 11, 12]);
    expect(sd.neuronAttributes?.map((unit) => unit.location)).toEqual([
      [0, -2],
      [1.5, -2],
      [3, -2],
    ]);
  });

  it('of an older package loads, beginning at 0 ms', async () => {
    const path = fixture('spikedata.older.pkl');
    const sd = await loadSpikeDataFromPickle(path);
    expect(sd.startTime).toBe(0);
    expect([...sd.train]).toEqual(saved.get('train'));
  });

  it('may hold trains of any number type, in any order', async () => {
    const sd = await loadSpikeDataFromPickle(fixture('spikedata.mixed.pkl'));
    const sorted = Float64Array.of(1, 2, 3);
    expect(sd.train.slice(0, 5)).toEqual([sorted, sorted, sorted, sorted, sorted]);
    expect(sd.train.slice(5)).toEqual([Float64Array.of(1.5, 2, 3), Float64Array.of(4)]);
    expect(sd.rawData).toBeNull();
    expect(sd.neuronAttributes).toBeNull();
    expect(sd.report?.findings.map(({ code, count }) => [code, count])).toContainEqual(['unsorted-trains', 5]);
  });
});

it('an array may be a train, raw data and metadata at once', async () => {
  const sd = await loadSpikeDataFromPickle(fixture('spikedata.shared.pkl'));
  const counting = Float64Array.from({ length: 5000 }, (_, i) => i);
  expect([...sd.train]).toEqual([counting, counting]);
  expect([sd.metadata.first, sd.rawTime]).toEqual([counting, counting]);
  expect(sd.neuronAttributes?.map(({ times }) => times)).toEqual([counting, Float32Array.from(counting)]);
  expect(sd.rawData).toEqual({ data: Float32Array.from(counting), shape: [1, 5000] });
});

describe('a pickle of something else', () => {
  it('says which SpikeLab type it is', async () => {
    await expect(loadSpikeDataFromPickle(fixture('ratedata.pkl'))).rejects.toThrow(
      expect.objectContaining({
        constructor: FormatError,
        message: expect.stringContaining("SpikeLab's RateData (spikelab.spikedata.ratedata.RateData)"),
      }),
    );
  });

  it('a file that is not there is a NotFoundError', async () => {
    await expect(loadSpikeDataFromPickle(fixture('none.pkl'))).rejects.toBeInstanceOf(NotFoundError);
  });
});
