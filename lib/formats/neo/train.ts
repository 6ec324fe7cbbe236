/** What the readers of Neo's files give, and the SpikeData that it makes. */

import { FormatError, LimitError, OptionError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { splitRagged } from '../../loading/trains.js';
import { type NeuronAttributes, type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';

export interface NeoTrain {
  /** ms on the clock of the segment. */
  times: Float64Array;
  startMs: number | undefined;
  stopMs: number | undefined;
  name: string | undefined;
  annotations: Record<string, unknown>;
}

export interface NeoSegment {
  trains: NeoTrain[];
  metadata: Record<string, unknown>;
}

/** What is asked for: positions in the file's blocks, and in the block's segments. */
export interface NeoIndices {
  block: number | undefined;
  segment: number | undefined;
}

const nothing = { block: 'A Neo block', segment: 'A Neo block with at least one segment' };

/** The block, or segment, asked for; without being asked the first, and a warning where there are more. */
export function pick<T>(
  what: 'block' | 'segment',
  found: readonly T[],
  index: number | undefined,
  path: string,
  context: SourceContext,
): T {
  const [first] = found;
  if (first === undefined) throw new FormatError(`${nothing[what]} was expected in ${path}, found none`, { path });
  const option = `${what}Index`;
  if (index !== undefined) {
    const asked = found[index];
    if (asked !== undefined) return asked;
    throw new OptionError(option, `below the number of ${what}s (${found.length})`, index);
  }
  if (found.length > 1) {
    const message = `${path} has ${found.length} ${what}s, the first was loaded; ${option} picks another`;
    context.report.warning(`more-${what}s`, message, found.length);
  }
  return first;
}

/** Trains of one segment. Where all say when they begin and end, that is the window of the result. */
export async function spikeDataFromNeo(
  { trains, metadata }: NeoSegment,
  path: string,
  context: SourceContext,
): Promise<SpikeData> {
  const { maxUnits, maxSpikes } = context.limits;
  if (trains.length > maxUnits) throw new LimitError('maxUnits', maxUnits, trains.length, path);
  const offsets = new Float64Array(trains.length + 1);
  trains.forEach(({ times }, u) => {
    offsets[u + 1] = offsets[u] + times.length;
  });
  const spikes = offsets[trains.length];
  if (spikes > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, spikes, path);
  const times = new Float64Array(spikes);
  trains.forEach((train, u) => {
    times.set(train.times, offsets[u]);
  });
  const checked = await splitRagged(context, { path, times: 'times', limits: context.limits }, { times, offsets });
  const neuronAttributes = trains.map(attributesOf);
  try {
    return spikeDataFromFlat(checked, { ...windowOf(trains, times), neuronAttributes, metadata });
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new FormatError(`The spike trains in ${path} are not valid: ${error.message}`, { path }, { cause: error });
  }
}

function windowOf(trains: readonly NeoTrain[], times: Float64Array): { startTime?: number; length?: number } {
  const starts = trains.map(({ startMs }) => startMs).filter((ms) => ms !== undefined);
  const stops = trains.map(({ stopMs }) => stopMs).filter((ms) => ms !== undefined);
  const earliest = times.reduce((least, t) => Math.min(least, t), Number.POSITIVE_INFINITY);
  const startTime = starts.length ? starts.reduce((a, b) => Math.min(a, b)) : Math.min(0, earliest);
  if (stops.length === 0 || stops.length < trains.length) return { startTime };
  // trains may be cut off by a rounding error after their own end
  const last = times.reduce((most, t) => Math.max(most, t), startTime);
  const stop = stops.reduce((a, b) => Math.max(a, b));
  return { startTime, length: Math.max(stop, last) - startTime };
}

const scalar = (value: unknown): value is number | string => typeof value === 'number' || typeof value === 'string';

function attributesOf({ name, annotations }: NeoTrain, index: number): NeuronAttributes {
  const unitId = [annotations.unit_id, name, annotations.id].find((value) => scalar(value) && value !== '');
  const electrode = [annotations.electrode, annotations.channel_id].find(scalar);
  const place = annotations.location;
  const coordinates = ArrayBuffer.isView(place) ? Array.from(place as Float64Array) : place;
  const located =
    Array.isArray(coordinates) && coordinates.length > 1 && coordinates.every((c) => typeof c === 'number');
  return {
    ...annotations,
    unit_id: (unitId as number | string | undefined) ?? index,
    ...(name ? { name } : {}),
    ...(electrode === undefined ? {} : { electrode: electrode as number | string }),
    ...(located ? { location: coordinates as number[] } : {}),
  };
}
