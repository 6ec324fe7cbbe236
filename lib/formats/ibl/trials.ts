/** Trials of a session: from the table, from single arrays, or from both. */

import { readNpy, toFloat64 } from '../../containers/npy/file.js';
import { openParquet, parquetNumbers } from '../../containers/parquet/table.js';
import { FormatError, NotFoundError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import { openLocalBytes } from '../../io/byte-source.js';
import type { SourceContext } from '../../io/context.js';
import { chooseDataset, type Dataset } from './datasets.js';
import type { SessionFiles } from './files.js';

/** ALF's name of each column, and SpikeLab's. Times are in seconds in the file and in ms here. */
const columns = [
  ['intervals_0', 'trial_start_times'],
  ['intervals_1', 'trial_end_times'],
  ['stimOn_times', 'stim_on_times'],
  ['stimOff_times', 'stim_off_times'],
  ['goCue_times', 'go_cue_times'],
  ['response_times', 'response_times'],
  ['feedback_times', 'feedback_times'],
  ['firstMovement_times', 'first_movement_times'],
  ['choice', 'choice'],
  ['feedbackType', 'feedback_type'],
  ['contrastLeft', 'contrast_left'],
  ['contrastRight', 'contrast_right'],
  ['probabilityLeft', 'probability_left'],
] as const;

const isTime = (column: string) => column.endsWith('_times') || column.startsWith('intervals');

/**
 * `trial_start_times`, `stim_on_times`, … as Float64Array, NaN where a trial has none, and `n_trials`.
 *
 * @throws NotFoundError where the session has no trials or misses a column, FormatError where columns differ in length
 */
export async function readTrials(
  datasets: readonly Dataset[],
  files: SessionFiles,
  context: SourceContext,
): Promise<Record<string, unknown>> {
  const collection = trialsCollection(datasets);
  const found = new Map<string, Float64Array>();
  const choose = (file: string) => chooseDataset(datasets, { collection, file }, context.report);
  const table = choose('trials.table.pqt');
  if (table) await readTable(await files.fetch(table), found, context);
  const missing = () => columns.map(([column]) => column).filter((column) => !found.has(column));
  const arrays = [...new Set(missing().map((column) => column.replace(/^intervals_[01]$/, 'intervals')))];
  await allOrFirstFault(
    arrays.map(async (attribute) => {
      const dataset = choose(`trials.${attribute}.npy`);
      if (dataset) await readArray(await files.fetch(dataset), attribute, found, context);
    }),
  );
  if (missing().length) {
    const message = `the trials in ${collection} must have ${missing().join(', ')}, which no file of theirs holds`;
    throw new NotFoundError(message, {
      path: collection,
      location: missing().join(', '),
      available: [...found.keys()],
    });
  }
  return metadataOf(found, collection);
}

/** `alf`, or the one other collection that has trials. */
function trialsCollection(datasets: readonly Dataset[]): string {
  const isTrials = (d: Dataset) => /^(_[a-z0-9]+_)?trials\./i.test(d.name);
  const collections = [...new Set(datasets.filter(isTrials).map((d) => d.collection))].sort();
  if (collections.includes('alf')) return 'alf';
  if (collections.length === 1) return collections[0];
  if (collections.length === 0) {
    throw new NotFoundError('the session must have trials, found none in its list of files', {
      path: 'alf',
      location: 'trials',
      available: [...new Set(datasets.map((d) => d.collection))].sort(),
    });
  }
  const message = `the session must have trials of one task, found them in ${collections.join(', ')}`;
  throw new FormatError(message, { path: 'alf', location: 'trials' });
}

async function readTable(path: string, found: Map<string, Float64Array>, context: SourceContext): Promise<void> {
  const bytes = await openLocalBytes(path);
  try {
    const table = await openParquet(bytes, context.limits, context.signal);
    const names = columns.map(([column]) => column).filter((column) => table.columns.includes(column));
    const read = await table.read(names);
    for (const name of names) found.set(name, parquetNumbers(read[name], name, path));
  } finally {
    await bytes.close();
  }
}

async function readArray(
  path: string,
  attribute: string,
  found: Map<string, Float64Array>,
  { signal, limits }: SourceContext,
): Promise<void> {
  const { data, shape } = await readNpy(path, { signal, maxArrayBytes: limits.maxArrayBytes });
  const values = toFloat64(data, { path });
  if (attribute !== 'intervals') {
    const isColumn = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
    if (!isColumn) throw badShape(path, attribute, '(trials)', shape);
    found.set(attribute, values);
    return;
  }
  if (shape.length !== 2 || shape[1] !== 2) throw badShape(path, attribute, '(trials, 2)', shape);
  for (const side of [0, 1]) {
    const column = Float64Array.from({ length: shape[0] }, (_, trial) => values[2 * trial + side]);
    // the table's values win over an array of the same name
    if (!found.has(`intervals_${side}`)) found.set(`intervals_${side}`, column);
  }
}

function badShape(path: string, attribute: string, expected: string, shape: readonly number[]): FormatError {
  const message = `trials.${attribute} must have the shape ${expected}, found (${shape.join(', ')}) in ${path}`;
  return new FormatError(message, { path, location: attribute });
}

function metadataOf(found: Map<string, Float64Array>, collection: string): Record<string, unknown> {
  const count = found.get('intervals_0')!.length;
  const metadata: Record<string, unknown> = {};
  for (const [column, key] of columns) {
    const values = found.get(column)!;
    if (values.length !== count) {
      const message = `trials.${column} in ${collection} must have ${count} values, as intervals_0 has, found ${values.length}`;
      throw new FormatError(message, { path: collection, location: column });
    }
    metadata[key] = isTime(column) ? values.map((seconds) => seconds * 1000) : values;
  }
  return { ...metadata, n_trials: count };
}
