/** The unit of a dataset's times: what the caller says, else what the file says, else seconds. */
import type { Hdf5File } from '../../format/hdf5.js';
import type { TimeUnit } from '../../options.js';
import type { CheckedTrains } from '../../spike-data/trains.js';
import { type MsScale, msScale } from '../../units.js';
import type { LoadContext } from '../context.js';

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
  context: LoadContext,
): Promise<{ unit: TimeUnit; scale: MsScale }> {
  const { option, fsHz } = asked;
  const said = await unitAttribute(file, path);
  if (said && asked.unit && said !== asked.unit) {
    const message = `${option} is '${asked.unit}', but ${path} says that its times are in ${said}`;
    context.report.warning('unit-differs', message);
  }
  const unit = asked.unit ?? said ?? byDefault;
  return { unit, scale: msScale(unit, fsHz, option) };
}

/** Undefined where nothing is said, or nothing that is understood. */
async function unitAttribute(file: Hdf5File, path: string): Promise<TimeUnit | undefined> {
  const attributes = await file.attributes(path);
  const value = attributes.unit ?? attributes.units;
  const [word] = Array.isArray(value) ? value : [value];
  if (typeof word !== 'string') return undefined;
  if (/^(s|secs?|seconds?)$/i.test(word)) return 's';
  if (/^(ms|msecs?|milliseconds?)$/i.test(word)) return 'ms';
  return /^(samples?|frames?)$/i.test(word) ? 'samples' : undefined;
}
