/** The unit of a dataset's times: what the caller says, else what the file says, else seconds. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import type { TimeUnit } from '../../core/options.js';
import { type MsScale, msScale } from '../../core/units.js';
import type { SourceContext } from '../../io/context.js';
import { timeUnitOf } from '../../loading/time-unit.js';

export interface AskedUnit {
  option: string;
  /** Undefined: not said. */
  unit: TimeUnit | undefined;
  fsHz: unknown;
}

/** Trains in ms, and the unit that they were stored in. */
export interface TimedTrains {
  trains: CheckedTrains;
  unit: TimeUnit;
}

/** Python's SpikeLab reads all times as seconds unless told otherwise, though it writes some of them in ms. */
const byDefault: TimeUnit = 's';

/** @throws OptionError for an unknown unit, and for samples without a sampling rate */
export function askedUnit(option: string, options: Record<string, unknown>): AskedUnit {
  const { fsHz } = options;
  const unit = (options[option] ?? undefined) as TimeUnit | undefined;
  if (unit !== undefined) msScale(unit, fsHz, option);
  return { option, unit, fsHz };
}

export async function resolveUnit(
  file: Hdf5File,
  path: string,
  asked: AskedUnit,
  context: SourceContext,
): Promise<{ unit: TimeUnit; scale: MsScale }> {
  const { option, fsHz } = asked;
  const said = timeUnitOf(await file.attributes(path));
  if (said && asked.unit && said !== asked.unit) {
    const message = `${option} is '${asked.unit}', but ${path} says that its times are in ${said}`;
    context.report.warning('unit-differs', message);
  }
  const unit = asked.unit ?? said ?? byDefault;
  return { unit, scale: msScale(unit, fsHz, option) };
}
