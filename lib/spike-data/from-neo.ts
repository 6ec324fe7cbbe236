/** Spike trains in the shape of Neo's: times with a unit, and where the train begins and ends. */

import { asVector } from '../core/arrays.js';
import { finite } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { neoTimeScale } from './neo-time-units.js';
import type { SpikeDataOptions } from './options.js';

export interface NeoSpikeTrainLike {
  times: ArrayLike<number>;
  /** s, ms, us or another of their usual spellings; also as Neo prints it: '1.0 s'. */
  units: string;
  /** Begin and end of what was recorded, in `units`. */
  tStart?: number;
  tStop?: number;
}

/** The trains in ms, and the window that all of them cover where they say so and `options` does not. */
export function fromNeo(
  spikeTrains: unknown,
  options: SpikeDataOptions,
): { trains: Float64Array[]; options: SpikeDataOptions } {
  if (!Array.isArray(spikeTrains)) throw new OptionError('spikeTrains', 'an array of spike trains', spikeTrains);
  const windows: { start: number; stop: number | undefined }[] = [];
  const trains = spikeTrains.map((train: NeoSpikeTrainLike | null | undefined, i) => {
    if (typeof train !== 'object' || train === null) {
      throw new OptionError(`spikeTrains[${i}]`, 'a spike train { times, units }', train);
    }
    const { multiply, divide } = neoTimeScale(train.units, `spikeTrains[${i}].units`);
    const toMs = (time: number) => (time * multiply) / divide;
    const edge = (value: unknown, name: string) =>
      value === undefined || value === null ? undefined : toMs(finite(value, `spikeTrains[${i}].${name}`));
    windows.push({ start: edge(train.tStart, 'tStart') ?? 0, stop: edge(train.tStop, 'tStop') });
    const times = asVector(train.times, `spikeTrains[${i}].times`);
    return Float64Array.from(times as Float64Array, (time) => toMs(Number(time)));
  });
  return { trains, options: { ...windowOf(windows, options.startTime), ...withoutNothing(options) } };
}

function windowOf(
  windows: { start: number; stop: number | undefined }[],
  givenStart: number | null | undefined,
): SpikeDataOptions {
  if (windows.length === 0 || windows.some(({ stop }) => stop === undefined)) return {};
  const startTime = givenStart ?? Math.min(...windows.map(({ start }) => start));
  return { startTime, length: Math.max(...windows.map(({ stop = 0 }) => stop)) - startTime };
}

/** An option that is undefined or null was not given. */
function withoutNothing(options: SpikeDataOptions): SpikeDataOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}
