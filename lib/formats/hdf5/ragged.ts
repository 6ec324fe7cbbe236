/** Ragged layout: all times in one dataset, where each unit ends in another. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { SourceContext } from '../../io/context.js';
import { offsetsOf } from '../../loading/ragged-index.js';
import { splitRagged } from '../../loading/trains.js';
import type { ResolvedStyle } from './style.js';
import { resolveUnit, type TimedTrains } from './unit.js';
import { describeVector } from './vector.js';

export async function readRagged(
  file: Hdf5File,
  style: ResolvedStyle & { kind: 'ragged' },
  context: SourceContext,
): Promise<TimedTrains> {
  const times = await describeVector(file, style.times, 'spike times', context);
  const index = await describeVector(file, style.index, 'an index of spike times', context, times);
  const { data: entries } = await file.read(style.index, { as: 'float64' });
  const offsets = offsetsOf(
    {
      index: entries,
      length: times.length,
      holds: style.holds ?? (await writtenConvention(file, style.index)),
      path: file.path,
      location: index.path,
      what: 'spike times',
      countsHint: "Pass spikeTimesIndex: 'counts' to load them so",
    },
    context,
  );
  const end = offsets[offsets.length - 1];
  const { data } = await file.read(style.times, { as: 'float64', ...(times.flattened ? {} : { count: [end] }) });
  const source = { path: file.path, times: style.times };
  const { unit, scale } = await resolveUnit(file, style.times, style.unit, context);
  return { trains: await splitRagged(context, source, { times: data.subarray(0, end), offsets, scale }), unit };
}

/**
 * Files that this package writes say what their index holds. Python's SpikeLab does not, but it always writes ends, one a unit,
 * and start and length at the root, which no other writer has: so a first unit without spikes is told from a start.
 */
async function writtenConvention(file: Hdf5File, index: string): Promise<'ends' | undefined> {
  if ((await file.attributes(index)).convention === 'ends') return 'ends';
  const root = await file.attributes('/');
  return 'start_time' in root && 'length_ms' in root ? 'ends' : undefined;
}
