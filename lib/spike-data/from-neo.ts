/** Spike trains in the shape of Neo's: times with a unit, and where the train begins and ends. */
import { asVector } from '../arrays.js';
import { OptionError } from '../errors.js';
import { finite } from '../options.js';
import type { SpikeDataOptions } from '../spike-data/options.js';

export interface NeoSpikeTrainLike {
  times: ArrayLike<number>;
  /** s, ms, us or another of their usual spellings; also as Neo prints it: '1.0 s'. */
  units: string;
  /** Begin and end of what was recorded, in `units`. */
  tStart?: number;
  tStop?: number;
}

/** Milliseconds in each unit that `quantities` and NIX files name. */
const msPerUnit = new Map(
  Object.entries({
    s: 1000,
    ms: 1,
    us: 1e-3,
    ns: 1e-6,
    min: 60_000,
    h: 3_600_000,
  }),
);

const spellings: Record<string, readonly string[]> = {
  s: ['sec', 'secs', 'second', 'seconds'],
  ms: ['msec', 'msecs', 'millisecond', 'milliseconds'],
  us: ['usec', 'usecs', 'µs', 'μs', 'microsecond', 'microseconds'],
  ns: ['nsec', 'nsecs', 'nanosecond', 'nanoseconds'],
  min: ['mins', 'minute', 'minutes'],
  h: ['hr', 'hrs', 'hour', 'hours'],
};

/** What a time in this unit is multiplied with and divided by to be in ms: whole numbers, so that only one rounding happens. */
export function neoTimeScale(units: unknown, option = 'units'): { multiply: number; divide: number } {
  const text = typeof units === 'string' ? units.trim() : '';
  const [, factor = '1', name = ''] = /^(?:([\d.]+(?:e[+-]?\d+)?)\s*\*?\s*)?([a-zµμ]+)$/i.exec(text) ?? [];
  const unit = [...msPerUnit.keys()].find((u) => u === name || spellings[u].includes(name.toLowerCase()));
  const ms = unit === undefined ? undefined : msPerUnit.get(unit);
  const scale = Number(factor);
  if (ms === undefined || !(scale > 0)) {
    throw new OptionError(option, `a unit of time (${[...msPerUnit.keys()].join(', ')})`, units);
  }
  return ms >= 1 ? { multiply: ms * scale, divide: 1 } : { multiply: scale, divide: Math.round(1 / ms) };
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
