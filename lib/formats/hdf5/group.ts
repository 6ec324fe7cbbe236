/** Group layout: one dataset of spike times a unit. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import { checked } from '../../loading/trains.js';
import type { NeuronAttributes } from '../../spike-data/spike-data.js';
import type { ResolvedStyle } from './style.js';
import { resolveUnit, type TimedTrains } from './unit.js';
import { place } from './vector.js';

export async function readGroup(
  file: Hdf5File,
  style: ResolvedStyle & { kind: 'group' },
  context: SourceContext,
): Promise<TimedTrains & { neuronAttributes: NeuronAttributes[] | null }> {
  const { group } = style;
  const children = await file.list(group);
  const { maxUnits } = context.limits;
  if (children.length > maxUnits)
    throw new LimitError('maxUnits', maxUnits, children.length, `${group} of ${file.path}`);
  const others = children.filter(({ kind }) => kind !== 'dataset' && kind !== 'soft-link');
  if (others.length > 0) {
    const named = others.slice(0, 5).map(({ name, kind }) => `${JSON.stringify(name)} (${kind})`);
    const message = `${group} of ${file.path} must hold one dataset of spike times a unit, found ${named.join(', ')}`;
    throw new FormatError(message, place(file, group));
  }
  const names = inNaturalOrder(children.map(({ name }) => name));
  const paths = names.map((name) => `${group}/${name}`);
  const { unit, scale } = await resolveUnit(file, group, style.unit, context);
  const { onProgress } = context;
  const progress = { onProgress, stage: 'reading units', total: paths.length, unit: 'units' as const };
  const trains = checked(context, { path: file.path, times: group }, await file.readTrains(paths, scale, progress));
  return { trains, unit, neuronAttributes: attributesOf(names) };
}

/** Names that count from 0 say no more than the order of the units; any others are worth keeping. */
function attributesOf(names: readonly string[]): NeuronAttributes[] | null {
  if (names.every((name, u) => name === String(u))) return null;
  return names.map((name) => {
    const number = Number(name);
    return { unit_id: String(number) === name && Number.isSafeInteger(number) ? number : name };
  });
}
