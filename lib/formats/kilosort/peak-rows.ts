/** The channel row of each cluster, from the best that the folder has; a cluster of which nothing is known has none. */

import { setImmediate } from 'node:timers/promises';
import { type NpyArray, toFloat64 } from '../../containers/npy/file.js';
import type { NumericArray } from '../../core/arrays.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';
import type { ChannelTables } from './channel-tables.js';
import { optionalNpy } from './channel-tables.js';
import { rowsFromTable } from './channels-in-table.js';
import { countTemplates } from './cluster-counts.js';
import type { ClusterTable } from './cluster-tables.js';
import { type SpikeColumn, tryIds } from './spike-columns.js';
import { nearestRows } from './spike-positions.js';
import { inverseOf, peakRow, type Templates, type Unwhitening, unwhitening } from './template-peaks.js';

export interface PeakInputs {
  folder: SourceFolder;
  context: SourceContext;
  clusters: SpikeColumn;
  /** All clusters with spikes, rising, and those to find rows for. */
  all: readonly number[];
  kept: readonly number[];
  channels: ChannelTables;
  tables: readonly ClusterTable[];
}

type Rows = Map<number, number>;

/** Ways to find rows, the most reliable first; each is asked only for clusters that are still without. */
const ways: readonly ((inputs: PeakInputs, wanted: readonly number[]) => Promise<Rows> | Rows)[] = [
  ({ tables, channels, context }, wanted) => rowsFromTable(tables, channels, wanted, context.report),
  rowsFromTemplates,
  rowsFromPositions,
  rowsFromFeatures,
  rowsFromIds,
];

export async function findPeakRows(inputs: PeakInputs): Promise<Rows> {
  const rows: Rows = new Map();
  if (!inputs.channels.map && !inputs.channels.positions) return rows;
  for (const way of ways) {
    const wanted = inputs.kept.filter((cluster) => !rows.has(cluster));
    if (!wanted.length) break;
    for (const [cluster, row] of await way(inputs, wanted)) rows.set(cluster, row);
  }
  return rows;
}

function channelCount({ map, positions }: ChannelTables): number {
  return map?.length ?? positions?.rows ?? 0;
}

async function rowsFromTemplates(inputs: PeakInputs, wanted: readonly number[]): Promise<Rows> {
  const { folder, context, channels } = inputs;
  if (!(await folder.has('templates.npy'))) return new Map();
  const used = await templatesUsed(inputs);
  const templates = used && (await readTemplates(folder, context, channelCount(channels)));
  if (!used || !templates) return new Map();
  const inverse = await readUnwhitening(folder, context, channelCount(channels));
  const rows: Rows = new Map();
  let beyond = 0;
  for (const cluster of wanted) {
    // a dense whitening matrix takes milliseconds a cluster: others get their turn in between
    await setImmediate();
    context.signal?.throwIfAborted();
    const counts = used.get(cluster) ?? new Map<number, number>();
    const known = new Map([...counts].filter(([template]) => template < templates.templates));
    if (known.size < counts.size) beyond++;
    const row = peakRow(templates, known, channelCount(channels), inverse);
    if (row !== undefined) rows.set(cluster, row);
  }
  if (beyond) {
    const message = `spike_templates.npy names templates for ${beyond} clusters that templates.npy (${templates.templates}) does not have`;
    context.report.warning('templates-missing', message, beyond);
  }
  return rows;
}

/** Counts of templates in each cluster; undefined with a finding where spike_templates.npy does not fit. */
async function templatesUsed({
  folder,
  context,
  clusters,
}: PeakInputs): Promise<Map<number, Map<number, number>> | undefined> {
  if (!(await folder.has('spike_templates.npy'))) return undefined;
  const templates = await tryIds(folder, 'spike_templates.npy', clusters.values.length, context);
  return templates && countTemplates(clusters.values, templates.values, context.signal);
}

async function readTemplates(
  folder: SourceFolder,
  context: SourceContext,
  channels: number,
): Promise<Templates | undefined> {
  const array = await optionalNpy(folder, 'templates.npy', context);
  if (!array) return undefined;
  // without the s: templates_ind.npy lists all channels in order and says nothing
  const sparse = await optionalNpy(folder, 'template_ind.npy', context);
  const { shape } = array;
  const [templates, samples, columns] = shape;
  const fits = shape.length === 3 && (sparse ? sameShape(sparse.shape, [templates, columns]) : columns === channels);
  if (!fits) {
    const expected = sparse ? '(templates, samples, columns of template_ind.npy)' : `(templates, samples, ${channels})`;
    const message = `templates.npy was passed over: an array of shape ${expected} was expected, found (${shape.join(', ')})`;
    context.report.warning('templates-shape', message);
    return undefined;
  }
  return { data: floats(array), templates, samples, columns, rowOf: sparse && floats(sparse) };
}

function floats({ data }: NpyArray): NumericArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float64Array.from(data as BigInt64Array, Number)
    : data;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

async function readUnwhitening(
  folder: SourceFolder,
  context: SourceContext,
  channels: number,
): Promise<Unwhitening | undefined> {
  const inverse = await squareMatrix(folder, 'whitening_mat_inv.npy', channels, context);
  if (inverse) return unwhitening(inverse, channels);
  const matrix = await squareMatrix(folder, 'whitening_mat.npy', channels, context);
  const inverted = matrix && inverseOf(matrix, channels);
  return inverted && unwhitening(inverted, channels);
}

async function squareMatrix(
  folder: SourceFolder,
  file: string,
  n: number,
  context: SourceContext,
): Promise<Float64Array | undefined> {
  const array = await optionalNpy(folder, file, context);
  if (!array) return undefined;
  if (sameShape(array.shape, [n, n])) return toFloat64(array.data, { path: file });
  const message = `${file} was passed over: an array of shape (${n}, ${n}) was expected, found (${array.shape.join(', ')})`;
  context.report.warning('whitening-shape', message);
  return undefined;
}

/** KiloSort 4 says where each spike was: the channel nearest to the cluster's median place. */
async function rowsFromPositions(inputs: PeakInputs, wanted: readonly number[]): Promise<Rows> {
  const { folder, channels } = inputs;
  if (!(await folder.has('spike_positions.npy')) || !channels.positions) return new Map();
  return nearestRows(inputs, wanted);
}

/** KiloSort 1 to 3 list each template's channels, the largest (of the whitened template) first; KiloSort 4 does not. */
async function rowsFromFeatures(inputs: PeakInputs, wanted: readonly number[]): Promise<Rows> {
  const { folder, context, channels } = inputs;
  if (!(await folder.has('pc_feature_ind.npy')) || (await folder.has('spike_positions.npy'))) return new Map();
  const array = await optionalNpy(folder, 'pc_feature_ind.npy', context);
  const used = array && array.shape.length === 2 && array.shape[1] > 0 ? await templatesUsed(inputs) : undefined;
  if (!array || !used) return new Map();
  const [templates, columns] = array.shape;
  const rows: Rows = new Map();
  for (const cluster of wanted) {
    const counts = [...(used.get(cluster) ?? [])].filter(([template]) => template < templates);
    if (!counts.length) continue;
    const [dominant] = counts.reduce((a, b) => (b[1] > a[1] ? b : a));
    const row = Number(array.data[dominant * columns]);
    if (Number.isInteger(row) && row >= 0 && row < channelCount(channels)) rows.set(cluster, row);
  }
  return rows;
}

/** Ids 0 … n - 1 of an uncurated folder may have been given in the order of channels. Nothing better: so it is said. */
function rowsFromIds({ all, channels, context }: PeakInputs, wanted: readonly number[]): Rows {
  const fresh = all.every((id, i) => id === i);
  const rows: Rows = new Map(fresh ? wanted.filter((id) => id < channelCount(channels)).map((id) => [id, id]) : []);
  if (rows.size) {
    const message = `The channels of ${rows.size} clusters were taken from their ids, as the folder has no templates and no table that names them`;
    context.report.warning('channel-from-cluster-id', message, rows.size);
  }
  return rows;
}
