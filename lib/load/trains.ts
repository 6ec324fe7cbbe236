/** Trains for loaders: the native work as jobs, its problems as errors of the file, what it found in the report. */
import {
  type GroupRequest,
  type NativeJob,
  type NativeTrains,
  native,
  type RaggedRequest,
  type RasterRequest,
  type TrainFindings,
} from '../binding.js';
import { runJob } from '../job.js';
import type { Progress } from '../options.js';
import type { ReportBuilder } from '../report.js';
import { CheckedTrains, type TrainNames, trainsOf } from '../spike-data/trains.js';
import type { LoadContext } from './context.js';

/** Where the values come from, for errors: the file, and the names of its arrays. */
export interface TrainSource extends TrainNames {
  path: string;
}

/** Spikes in any order, with a unit each. Units beyond the load's `maxUnits` are refused before anything is allocated. */
export function groupSpikes(
  context: LoadContext,
  source: TrainSource,
  request: Omit<GroupRequest, 'maxUnits'>,
): Promise<CheckedTrains> {
  const { maxUnits } = context.limits;
  const { length } = request.times;
  return run(context, source, length, () => native().groupSpikesJob({ ...request, maxUnits }));
}

/**
 * Times that lie train after train. A Float64Array is converted and sorted where it is (so it must not be used again), any
 * other type into a new one.
 */
export async function splitRagged(
  context: LoadContext,
  source: TrainSource,
  request: Omit<RaggedRequest, 'inPlace'>,
): Promise<CheckedTrains> {
  const { times } = request;
  const inPlace = times instanceof Float64Array;
  const trains = await run(context, source, times.length, () => native().splitRaggedJob({ ...request, inPlace }));
  return inPlace ? new CheckedTrains(times, trains.offsets) : trains;
}

/** Spike counts per (unit, bin). More spikes than the load's `maxSpikes` are refused before they are allocated. */
export function expandRaster(
  context: LoadContext,
  source: TrainSource,
  request: Omit<RasterRequest, 'maxSpikes'>,
): Promise<CheckedTrains> {
  const { maxSpikes } = context.limits;
  const cells = request.rows * request.bins;
  const start = () => native().expandRasterJob({ ...request, maxSpikes });
  return run(context, { ...source, bins: request.bins }, cells, start, 'samples');
}

async function run(
  context: LoadContext,
  source: TrainSource,
  total: number,
  start: () => NativeJob<NativeTrains>,
  unit: Progress['unit'] = 'spikes',
): Promise<CheckedTrains> {
  const { signal, onProgress, limits, report } = context;
  const result = await runJob(start, { signal, onProgress, stage: 'sorting spikes', total, unit });
  const { trains, findings } = trainsOf(result, { limits, ...source }, source.path);
  noteFindings(report, findings);
  return trains;
}

/** What is worth knowing about the trains of a load. Python's loaders pass over all of it in silence. */
export function noteFindings(report: ReportBuilder, findings: TrainFindings): void {
  const { unsortedTrains, duplicateTimes, emptyTrains, droppedSpikes, fractionalCounts } = findings;
  const note = (code: string, count: number, message: string) => {
    if (count > 0) report.info(code, message, count);
  };
  note('unsorted-trains', unsortedTrains, `${unsortedTrains} spike trains were not in order and were sorted`);
  note('duplicate-times', duplicateTimes, `${duplicateTimes} spikes are at the same time as the one before them`);
  note('empty-units', emptyTrains, `${emptyTrains} units have no spikes`);
  note('left-out-spikes', droppedSpikes, `${droppedSpikes} spikes belong to units that are left out`);
  if (fractionalCounts > 0) {
    const message = `${fractionalCounts} counts are not whole numbers; their fractions were cut off`;
    report.warning('fractional-counts', message, fractionalCounts);
  }
}
