/** Trains for loaders: the native work as jobs, its problems as errors of the file, what it found in the report. */

import { native } from '../addon/binding.js';
import type { GroupRequest, NativeJob, NativeTrains, RaggedRequest, TrainFindings } from '../addon/contract.js';
import { runJob } from '../addon/job.js';
import type { NumericArray } from '../core/arrays.js';
import { allOrFirstFault } from '../core/first-fault.js';
import { CheckedTrains } from '../core/flat-trains.js';
import type { ReportBuilder } from '../core/report.js';
import { inSlices } from '../core/slices.js';
import type { SourceContext } from '../io/context.js';
import { checkedTrains, type TrainNames } from '../spike-data/trains.js';

/** Where the values come from, for errors: the file, and the names of its arrays. */
export interface TrainSource extends TrainNames {
  path: string;
}

/** Spikes in any order, with a unit each. Units beyond the load's `maxUnits` are refused before anything is allocated. */
export function groupSpikes(
  context: SourceContext,
  source: TrainSource,
  request: Omit<GroupRequest, 'maxUnits'>,
): Promise<CheckedTrains> {
  const { maxUnits } = context.limits;
  const { length } = request.units;
  return run(context, source, length, () => native().groupSpikesJob({ ...request, maxUnits }));
}

/**
 * Times that lie train after train. A Float64Array is converted and sorted where it is (so it must not be used again), any
 * other type into a new one.
 */
export async function splitRagged(
  context: SourceContext,
  source: TrainSource,
  request: Omit<RaggedRequest, 'inPlace'>,
): Promise<CheckedTrains> {
  const { times } = request;
  const inPlace = times instanceof Float64Array;
  const trains = await run(context, source, times.length, () => native().splitRaggedJob({ ...request, inPlace }));
  return inPlace ? new CheckedTrains(times, trains.offsets) : trains;
}

/** Consecutive rows of a raster: C-ordered counts, in memory that may be used again for the block after the next. */
export interface RasterBlock {
  counts: NumericArray;
  rows: number;
}

/**
 * Spike counts per (unit, bin), a block of rows after the other: the next one is read while one is expanded, so memory is
 * that of two blocks and of the spikes. More spikes than the load's `maxSpikes` are refused before they are allocated.
 */
export async function expandRaster(
  context: SourceContext,
  source: TrainSource,
  shape: { rows: number; bins: number; binMs: number; startMs: number },
  blocks: AsyncIterator<RasterBlock>,
): Promise<CheckedTrains> {
  const { signal, onProgress, limits, report } = context;
  const { rows: allRows, bins } = shape;
  const parts: CheckedTrains[] = [];
  const total = { unsortedTrains: 0, duplicateTimes: 0, emptyTrains: 0, droppedSpikes: 0, fractionalCounts: 0 };
  let [rows, spikes] = [0, 0];
  let reading = blocks.next();
  for (let read = await reading; !read.done; read = await reading) {
    const block = read.value;
    const maxSpikes = limits.maxSpikes - spikes;
    const expanding = runJob(() => native().expandRasterJob({ ...shape, ...block, maxSpikes }), { signal });
    reading = blocks.next();
    // a failure of the one must not leave the other unheard
    const [result] = await allOrFirstFault([expanding, reading]);
    if (result.problem) {
      result.problem.position += rows * bins;
      if (result.problem.kind === 'too-many-spikes') result.problem.value += spikes;
    }
    const { trains, findings } = checkedTrains(result, { limits, ...source, bins }, source.path);
    parts.push(trains);
    for (const key of Object.keys(total) as (keyof TrainFindings)[]) total[key] += findings[key];
    rows += block.rows;
    spikes += trains.times.length;
    onProgress?.({ stage: 'expanding counts', done: rows * bins, total: allRows * bins, unit: 'samples' });
  }
  noteFindings(report, total);
  return joined(parts, signal);
}

/** Spikes that are copied in well below a millisecond, new pages of memory and all. */
const spikesAtOnce = 1 << 16;

/** Blocks of trains as one. */
async function joined(parts: readonly CheckedTrains[], signal: AbortSignal | undefined): Promise<CheckedTrains> {
  if (parts.length === 1) return parts[0];
  const times = new Float64Array(parts.reduce((sum, part) => sum + part.times.length, 0));
  const offsets = new Float64Array(parts.reduce((sum, part) => sum + part.count, 0) + 1);
  let [unit, spike] = [0, 0];
  for (const part of parts) {
    const copy = (from: number, to: number) => times.set(part.times.subarray(from, to), spike + from);
    await inSlices(part.times.length, spikesAtOnce, copy, signal);
    for (let u = 1; u <= part.count; u++) offsets[unit + u] = spike + part.offsets[u];
    unit += part.count;
    spike += part.times.length;
  }
  return new CheckedTrains(times, offsets);
}

async function run(
  context: SourceContext,
  source: TrainSource,
  total: number,
  start: () => NativeJob<NativeTrains>,
): Promise<CheckedTrains> {
  const { signal, onProgress } = context;
  return checked(
    context,
    source,
    await runJob(start, { signal, onProgress, stage: 'sorting spikes', total, unit: 'spikes' }),
  );
}

/** Native trains that a loader has got: what is wrong with them is thrown, what was found goes into the report. */
export function checked(context: SourceContext, source: TrainSource, result: NativeTrains): CheckedTrains {
  const { trains, findings } = checkedTrains(result, { limits: context.limits, ...source }, source.path);
  noteFindings(context.report, findings);
  return trains;
}

/** What is worth knowing about the trains of a load. Python's loaders pass over all of it in silence. */
function noteFindings(report: ReportBuilder, findings: TrainFindings): void {
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
