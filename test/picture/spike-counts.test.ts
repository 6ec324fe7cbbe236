import { describe, expect, it } from 'vitest';
import { addCounts, binsFor, channelRates, populationRate } from '../../lib/picture/spike-counts.js';
import { SpikeData } from '../../lib/spike-data/spike-data.js';

describe('spikes counted for a picture', () => {
  const sd = new SpikeData([[0, 10, 10.5, 24.9], [], [25]], { length: 25 });

  it('counts every spike once, also one at the very end', () => {
    const bins = { widthMs: 10, count: 3 };
    const counts = new Uint32Array(3);
    for (const train of sd.train) addCounts(train, sd, bins, counts);
    expect([...counts]).toEqual([1, 2, 2]);
  });

  it('divides by the width of each bin: the last one is shorter', () => {
    expect([...populationRate(sd, { widthMs: 10, count: 3 })]).toEqual([100, 200, 400]);
  });

  it('gives rates in spikes per second of the whole recording', () => {
    expect([...channelRates(sd)]).toEqual([160, 0, 40]);
  });

  it('chooses bins of a round width that cover the recording', () => {
    expect(binsFor({ ...sd, train: [], N: 0, length: 7901.2, startTime: 0 }, 200)).toEqual({ widthMs: 50, count: 159 });
    expect(binsFor({ train: [], N: 0, length: 0, startTime: 0 }, 200).count).toBe(1);
  });

  it('counts from the start of event-centred data', () => {
    const centred = new SpikeData([[-5, 4]], { startTime: -5, length: 10 });
    expect([...populationRate(centred, { widthMs: 5, count: 2 })]).toEqual([200, 200]);
  });
});
