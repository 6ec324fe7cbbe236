/** Trains from other forms of the same spikes: pairs, events, a raster of counts. */

import { native } from '../addon/binding.js';
import { callNative } from '../addon/job.js';
import { asMatrix, asVector } from '../core/arrays.js';
import { positive } from '../core/checks.js';
import { LimitError, OptionError } from '../core/errors.js';
import type { CheckedTrains } from '../core/flat-trains.js';
import { defaultLimits } from '../core/limits.js';
import { warn } from '../core/report.js';
import { resolveCount, resolveStartTime, type SpikeDataOptions } from './options.js';
import { checkedTrains } from './trains.js';

/** Trains from one unit index and one time a spike, in any order. */
export function groupPairs(idces: unknown, times: unknown, options: SpikeDataOptions): CheckedTrains {
  const units = asVector(idces, 'idces');
  const spikes = asVector(times, 'times');
  if (units.length !== spikes.length) {
    throw new OptionError('idces', `as long as times (${spikes.length})`, `${units.length} indices`);
  }
  const count = options.N === undefined || options.N === null ? undefined : resolveCount(options.N, 0);
  const { maxUnits } = defaultLimits;
  const result = callNative(() => native().groupSpikes({ units, times: spikes, count, maxUnits }));
  return checkedTrains(result, { times: 'times', units: 'idces' }).trains;
}

export function groupEvents(events: unknown, options: SpikeDataOptions): CheckedTrains {
  if (typeof (events as Iterable<unknown> | null | undefined)?.[Symbol.iterator] !== 'function') {
    throw new OptionError('events', 'an iterable of [unit, timeMs] pairs', events);
  }
  const units: number[] = [];
  const times: number[] = [];
  for (const event of events as Iterable<ArrayLike<number>>) {
    if (typeof event !== 'object' || event?.length !== 2) {
      throw new OptionError(`events[${units.length}]`, 'a [unit, timeMs] pair', event);
    }
    units.push(event[0]);
    times.push(event[1]);
  }
  return groupPairs(units, times, options);
}

/** Trains from a (units, bins) array of spike counts, and the duration that its bins cover. */
export function expandCounts(
  raster: unknown,
  binSizeMs: unknown,
  options: SpikeDataOptions,
): { trains: CheckedTrains; lengthMs: number } {
  const binMs = positive(binSizeMs, 'binSizeMs');
  const { data: counts, shape } = asMatrix(raster, 'raster');
  const [rows, bins] = shape;
  const { maxSpikes, maxUnits } = defaultLimits;
  if (rows > maxUnits) throw new LimitError('maxUnits', maxUnits, rows, 'raster');
  const startMs = resolveStartTime(options.startTime);
  const result = callNative(() => native().expandRaster({ counts, rows, bins, binMs, startMs, maxSpikes }));
  const { trains, findings } = checkedTrains(result, { times: 'raster', counts: 'raster', bins });
  if (findings.fractionalCounts > 0) {
    const message = `raster holds ${findings.fractionalCounts} counts that are not whole numbers; their fractions were cut off`;
    warn({ code: 'fractional-counts', severity: 'warning', message, count: findings.fractionalCounts });
  }
  return { trains, lengthMs: bins * binMs };
}
