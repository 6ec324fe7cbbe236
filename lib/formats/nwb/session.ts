/** What an NWB file says about its session, its subject and its devices. */
import type { TableSource } from '../../containers/tables/tables.js';
import { readOptional } from '../../core/optional.js';
import type { ReportBuilder } from '../../core/report.js';

/** Metadata key → where it is. */
const sessionFields = {
  identifier: '/identifier',
  session_description: '/session_description',
  session_start_time: '/session_start_time',
  subject_id: '/general/subject/subject_id',
  species: '/general/subject/species',
  sex: '/general/subject/sex',
  age: '/general/subject/age',
  date_of_birth: '/general/subject/date_of_birth',
} as const;

export async function readSession(source: TableSource, report: ReportBuilder): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  for (const [key, path] of Object.entries(sessionFields)) {
    const value = await readOptional(report, path, () => oneText(source, path));
    if (value !== undefined) out[key] = value;
  }
  const devices = await readOptional(report, '/general/devices', () => childGroups(source, '/general/devices'));
  if (devices?.length) out.device_names = devices;
  return out;
}

async function oneText(source: TableSource, path: string): Promise<string | undefined> {
  if (!(await source.has(path))) return undefined;
  const { kind, shape } = await source.describe(path);
  const single = kind === 'text' && shape !== null && shape.every((n) => n === 1);
  return single ? (await source.texts(path))[0] : undefined;
}

async function childGroups(source: TableSource, path: string): Promise<string[]> {
  if (!(await source.has(path))) return [];
  return (await source.children(path)).filter(({ kind }) => kind === 'group').map(({ name }) => name);
}

/** Sampling rate and duration of the first ElectricalSeries below /acquisition and /processing. */
export async function readSampling(source: TableSource): Promise<Record<string, number>> {
  for (const root of ['/acquisition', '/processing']) {
    const series = await firstElectricalSeries(source, root, 0);
    if (series) return samplingOf(source, series);
  }
  return {};
}

/** NWB nests series two groups deep at most (module / interface / series). */
const deepest = 3;

async function firstElectricalSeries(source: TableSource, path: string, depth: number): Promise<string | null> {
  if (!(await source.has(path))) return null;
  if (depth > 0 && String((await source.attributes(path)).neurodata_type) === 'ElectricalSeries') return path;
  if (depth === deepest) return null;
  for (const child of await childGroups(source, path)) {
    const found = await firstElectricalSeries(source, `${path}/${child}`, depth + 1);
    if (found) return found;
  }
  return null;
}

async function samplingOf(source: TableSource, series: string): Promise<Record<string, number>> {
  const samples = (await source.has(`${series}/data`)) ? (await source.describe(`${series}/data`)).shape : null;
  if (await source.has(`${series}/starting_time`)) {
    const { rate } = await source.attributes(`${series}/starting_time`);
    const hz = Number(ArrayBuffer.isView(rate) ? (rate as Float64Array)[0] : rate);
    return hz > 0 && samples?.length ? { sampling_rate_hz: hz, duration_seconds: samples[0] / hz } : {};
  }
  const times = `${series}/timestamps`;
  if (!(await source.has(times))) return {};
  const count = (await source.describe(times)).shape?.[0] ?? 0;
  if (count < 2) return {};
  const first = await source.floats(times, [0, Math.min(count, 1000)]);
  const [last] = await source.floats(times, [count - 1, count]);
  const step = median(first.subarray(1).map((time, i) => time - first[i]));
  return step > 0 ? { sampling_rate_hz: 1 / step, duration_seconds: last - first[0] + step } : {};
}

function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
