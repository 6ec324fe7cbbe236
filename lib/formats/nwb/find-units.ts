/** The Units table of an NWB file, wherever it is. */

import type { TableSource } from '../../containers/tables/tables.js';
import { FormatError, NotFoundError, UnsupportedError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { type Column, DynamicTable } from './dynamic-table.js';

export interface UnitsTable {
  table: DynamicTable;
  spikeTimes: Column;
}

/** @throws UnsupportedError for NWB 1.x, which says its version in a dataset and keeps its units in processing modules */
export async function refuseNwb1(source: TableSource): Promise<void> {
  if (!(await source.has('/nwb_version'))) return;
  const feature = 'NWB 1.x';
  throw new UnsupportedError(
    feature,
    `${source.path} is an NWB 1.x file (it has a dataset /nwb_version); NWB 2 is read, so convert it first`,
  );
}

/**
 * The Units table at `asked`, by default /units. Null where there is none, or one without spike times, and that is allowed.
 *
 * @throws NotFoundError with the places where tables of units are, FormatError where /units is something else
 */
export async function findUnits(
  source: TableSource,
  asked: string | undefined,
  allowNone: boolean,
  report: ReportBuilder,
): Promise<UnitsTable | null> {
  const path = asked ?? '/units';
  if (await source.has(path)) {
    const found = await openUnits(source, path, report);
    if (found) return found;
    if (allowNone && asked === undefined) return null;
  } else {
    const slash = path.lastIndexOf('/');
    const group = path.slice(0, slash) || '/';
    if (await source.has(group)) await refuseLink(source, group === '/' ? '' : group, path.slice(slash + 1));
    if (allowNone && asked === undefined) return null;
  }
  const elsewhere = await unitsElsewhere(source, path);
  const hint = elsewhere.length
    ? `: pass one of ${elsewhere.join(', ')} as unitsPath`
    : '; allowNoUnits loads it without';
  throw new NotFoundError(
    `a Units table with spike_times was expected at ${path} of ${source.path}, found none${hint}`,
    {
      path: source.path,
      location: path,
      available: elsewhere,
    },
  );
}

async function openUnits(source: TableSource, path: string, report: ReportBuilder): Promise<UnitsTable | null> {
  const table = await DynamicTable.open(source, path, report);
  const name = spikeTimesName(Array.from(table.columns.keys()));
  const spikeTimes = name === undefined ? undefined : table.columns.get(name);
  if (spikeTimes) return { table, spikeTimes };
  await refuseLink(source, path, 'spike_times');
  if ((await source.children(path)).some((child) => child.name === 'spike_times')) {
    throw new FormatError(`spike times were expected at ${path}/spike_times of ${source.path}, found no array`, {
      path: source.path,
      location: `${path}/spike_times`,
    });
  }
  return null;
}

/** @throws UnsupportedError where what is asked for is a link to another file, or to nothing */
async function refuseLink(source: TableSource, group: string, name: string): Promise<void> {
  const link = await source.linkOut(group, name);
  if (!link) return;
  const path = `${group}/${name}`;
  const message = `${path} of ${source.path} is a link to ${link}, which is not followed: load the file that holds the spike times`;
  throw new UnsupportedError('links to other files', message);
}

/** Files of other tools prefix the name. */
function spikeTimesName(names: string[]): string | undefined {
  return names.includes('spike_times') ? 'spike_times' : names.sort().find((name) => name.endsWith('_spike_times'));
}

/** Every group that has spike times, but the one that was asked for. */
async function unitsElsewhere(source: TableSource, asked: string): Promise<string[]> {
  const nodes = await source.walk();
  return nodes
    .filter(({ name, kind }) => kind === 'array' && name.endsWith('/spike_times'))
    .map(({ name }) => name.slice(0, -'/spike_times'.length))
    .filter((path) => path !== asked && path !== '');
}
