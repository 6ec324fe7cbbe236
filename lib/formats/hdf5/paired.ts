/** Paired layout: one unit index and one time a spike. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { SourceContext } from '../../io/context.js';
import { groupSpikes } from '../../loading/trains.js';
import type { ResolvedStyle } from './style.js';
import { resolveUnit, type TimedTrains } from './unit.js';
import { describeVector, place } from './vector.js';

export async function readPaired(
  file: Hdf5File,
  style: ResolvedStyle & { kind: 'paired' },
  context: SourceContext,
): Promise<TimedTrains> {
  const times = await describeVector(file, style.times, 'spike times', context);
  const units = await describeVector(file, style.units, 'unit indices', context, times);
  if (times.length !== units.length) {
    const message = `one unit index a spike was expected, found ${units.length} at ${style.units} and ${times.length} times at ${style.times} of ${file.path}`;
    throw new FormatError(message, place(file, style.units));
  }
  const { data: ids } = await file.read(style.units);
  const source = { path: file.path, times: style.times, units: style.units };
  const { unit, scale } = await resolveUnit(file, style.times, style.unit, context);
  const trains = await groupSpikes(context, source, { units: ids, times: await file.values(style.times), scale });
  noteMissing(trains, style.units, context);
  return { trains, unit };
}

/** Every index below the largest makes a unit: those that no spike has are worth a warning (unit ids, not indices?). */
function noteMissing({ offsets, count }: CheckedTrains, units: string, context: SourceContext): void {
  let missing = 0;
  for (let u = 0; u < count; u++) if (offsets[u] === offsets[u + 1]) missing++;
  if (missing === 0) return;
  const message = `${units} goes up to ${count - 1}, but ${missing} of the indices up to there have no spike: they became empty units`;
  context.report.warning('missing-units', message, missing);
}
