/** NWB files, in HDF5 or Zarr: their tables of units and their electrical series. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Hdf5Tables, type TableSource } from '../../containers/tables/tables.js';
import { ZarrTables } from '../../containers/tables/zarr-tables.js';
import {
  call,
  command,
  type Draft,
  gapsIn,
  linesFor,
  type Part,
  recordingLines,
  span,
} from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

/** Files of other software may have hundreds of thousands of objects. */
const maxGroups = 5000;

export async function identifyNwb(look: Look): Promise<Draft | null> {
  const source = await tablesOf(look);
  if (!source) return null;
  const root = await source.attributes('/');
  const version = textOf(root.nwb_version);
  if (version === undefined && !(await hasUnits(look, source))) {
    if (!(await source.has('/nwb_version'))) return null;
    const advice = 'NWB 1 is not read: convert it to NWB 2 first, for example with MatNWB or neuroconv';
    return { format: 'nwb', what: 'both', readable: false, details: { version: '1' }, advice, whole: true };
  }
  const nodes = source.format === 'zarr' ? await zarrNodes(look.path) : await source.walk();
  const units = await unitsIn(source, nodes);
  const series = await seriesIn(source, nodes);
  const gaps = gapsIn(series);
  const recording = recordingLines(look.path, series, gaps.options);
  const readable = units.length + series.length > 0;
  return {
    format: 'nwb',
    what: units.length && series.length ? 'both' : series.length ? 'recording' : 'sorting',
    readable,
    whole: true,
    details: { version: version ?? 'not said', container: source.format, ...(await sessionOf(source)) },
    parts: [...units, ...series],
    code: [...linesFor(units, ({ options }) => call('loadSpikeDataFromNwb', look.path, options)), ...recording.code],
    shell: [
      ...linesFor(units, ({ options }) => command('info', look.path, { from: 'nwb', ...options })),
      ...recording.shell,
    ],
    findings: gaps.findings,
    advice: readable ? null : 'It has neither a table of units with spike times nor an ElectricalSeries',
  };
}

/** Files of tables alone say no version, and are read all the same. */
async function hasUnits({ name }: Look, source: TableSource): Promise<boolean> {
  if ((await source.has('/nwb_version')) || !(await source.has('/units/spike_times'))) return false;
  return /\.nwb(\.zarr)?$/i.test(name) || textOf((await source.attributes('/units')).neurodata_type) === 'Units';
}

async function tablesOf(look: Look): Promise<TableSource | null> {
  const file = await look.hdf5();
  if (file) return new Hdf5Tables(file);
  const zarr = await look.zarr();
  return zarr && new ZarrTables(zarr);
}

const textOf = (value: unknown) => {
  const only = Array.isArray(value) ? value[0] : value;
  return typeof only === 'string' ? only : undefined;
};

type Nodes = Awaited<ReturnType<TableSource['walk']>>;

/** Groups in which NWB keeps neither units nor series; the specifications alone have a hundred members. */
const without = new Set(['/specifications', '/general', '/stimulus']);

/** Groups and arrays below a Zarr group, by the names of their files: nothing is opened. */
async function zarrNodes(root: string): Promise<Nodes> {
  const nodes: Nodes = [];
  const visit = async (group: string): Promise<void> => {
    const entries = await readdir(join(root, group), { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    const isArray = names.has('.zarray') || (names.has('zarr.json') && !entries.some((entry) => entry.isDirectory()));
    if (group) nodes.push({ name: group, kind: isArray ? 'array' : 'group' });
    if (isArray || nodes.length > maxGroups) return;
    for (const entry of entries) {
      const path = `${group}/${entry.name}`;
      if (entry.isDirectory() && !without.has(path)) await visit(path);
    }
  };
  await visit('');
  return nodes;
}

async function unitsIn(source: TableSource, nodes: Nodes): Promise<Part[]> {
  const names = nodes.map(({ name }) => name);
  const tables = names.filter((name) => /\/(\w+_)?spike_times$/.test(name)).map((name) => name.replace(/\/[^/]*$/, ''));
  const parts: Part[] = [];
  for (const path of new Set(tables)) {
    const column = names.find((name) => name.startsWith(`${path}/`) && /\/(\w+_)?spike_times$/.test(name)) as string;
    const sizeOf = async (name: string) =>
      names.includes(name) ? (await source.describe(name)).shape?.reduce((a, b) => a * b, 1) : undefined;
    const units = (await sizeOf(`${column}_index`)) ?? (await sizeOf(`${path}/id`));
    const spikes = await sizeOf(column);
    const options = path === '/units' ? {} : { unitsPath: path };
    parts.push({
      name: path,
      options,
      ...(units === undefined ? {} : { units }),
      ...(spikes === undefined ? {} : { spikes }),
    });
  }
  return parts;
}

async function seriesIn(source: TableSource, nodes: Nodes): Promise<Part[]> {
  const parts: Part[] = [];
  const holding = nodes.filter(({ name }) => name.endsWith('/data')).map(({ name }) => name.slice(0, -'/data'.length));
  for (const name of holding.slice(0, maxGroups)) {
    if (textOf((await source.attributes(name)).neurodata_type) !== 'ElectricalSeries') continue;
    parts.push(await partOf(source, name));
  }
  // what was acquired comes before what was made of it
  const rank = ({ name }: Part) => (name.startsWith('/acquisition/') ? 0 : 1);
  return parts.sort((a, b) => rank(a) - rank(b));
}

async function partOf(source: TableSource, name: string): Promise<Part> {
  const shape = (await source.describe(`${name}/data`)).shape ?? [];
  const timed = await source.has(`${name}/timestamps`);
  const times = timed ? ((await source.describe(`${name}/timestamps`)).shape?.[0] ?? 0) : undefined;
  const turned =
    shape.length === 2 && shape[0] !== shape[1] && (times === undefined ? shape[0] < shape[1] : times === shape[1]);
  const [samples, channels] = turned ? [shape[1], shape[0]] : [shape[0], shape[1] ?? 1];
  const fsHz = timed ? await rateOfTimes(source, `${name}/timestamps`, times ?? 0) : await storedRate(source, name);
  return {
    name,
    options: { dataset: name },
    channels,
    samples,
    ...(fsHz === undefined ? {} : { fsHz }),
    ...(times && fsHz ? await timesSpan(source, `${name}/timestamps`, times, fsHz) : span(samples, fsHz)),
  };
}

/** Duration between the first and the last time, which is longer than that of the samples where some are missing. */
async function timesSpan(
  source: TableSource,
  path: string,
  count: number,
  fsHz: number,
): Promise<Pick<Part, 'durationMs'>> {
  const [first] = await source.floats(path, [0, 1]);
  const [last] = await source.floats(path, [count - 1, count]);
  const ms = (last - first) * 1000 + 1000 / fsHz;
  return Number.isFinite(ms) && ms > 0 ? { durationMs: ms } : span(count, fsHz);
}

async function storedRate(source: TableSource, name: string): Promise<number | undefined> {
  if (!(await source.has(`${name}/starting_time`))) return undefined;
  const { rate } = await source.attributes(`${name}/starting_time`);
  const value = Number(typeof rate === 'object' && rate !== null ? rate[0] : rate);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** From the median of the first steps. */
async function rateOfTimes(source: TableSource, path: string, count: number): Promise<number | undefined> {
  const head = await source.floats(path, [0, Math.min(count, 1001)]);
  const steps = head
    .subarray(1)
    .map((time, i) => time - head[i])
    .sort();
  const step = steps[steps.length >> 1];
  return step > 0 ? 1 / step : undefined;
}

async function sessionOf(source: TableSource): Promise<Record<string, string>> {
  const details: Record<string, string> = {};
  for (const [key, path] of [
    ['recorded', '/session_start_time'],
    ['session', '/general/session_id'],
  ]) {
    const found = (await source.has(path)) ? await source.texts(path).catch(() => []) : [];
    if (found[0]) details[key] = found[0].slice(0, 200);
  }
  return details;
}
