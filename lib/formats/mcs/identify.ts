/** Multi Channel Systems HDF5: each stream of samples. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import { type Draft, gapsIn, note, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

export async function identifyMcs(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (!file) return null;
  const root = await file.attributes('/');
  if (!('McsHdf5ProtocolType' in root)) return null;
  const nodes = (await file.has('/Data')) ? await file.walk('/Data') : [];
  const names = nodes.filter(({ name }) => name.endsWith('/ChannelData')).map(({ name }) => name.slice(0, -12));
  const parts: Part[] = [];
  for (const name of names) parts.push(await partOf(file, name, names.length > 1));
  const segments = nodes.some(({ name }) => /\/SegmentStream\/[^/]+$/.test(name));
  const gaps = gapsIn(parts);
  const version = root.McsHdf5ProtocolVersion;
  return {
    format: 'mcs',
    what: 'recording',
    readable: parts.length > 0,
    details: {
      ...(typeof version === 'number' ? { version } : {}),
      protocol: String(root.McsHdf5ProtocolType),
      ...((await file.has('/Data')) ? software(await file.attributes('/Data')) : {}),
    },
    parts,
    ...recordingLines(look.path, parts, gaps.options),
    findings: [
      ...gaps.findings,
      ...(segments ? [note('segments-not-read', 'Spike cutouts (SegmentStream) are not read', 'info')] : []),
    ],
    advice: parts.length ? null : 'It holds no stream of samples (ChannelData): export the analog streams too',
  };
}

function software({ ProgramName, ProgramVersion }: Record<string, unknown>): { software?: string } {
  const name = [ProgramName, ProgramVersion].filter((value) => typeof value === 'string').join(' ');
  return name ? { software: name } : {};
}

async function partOf(file: Hdf5File, name: string, several: boolean): Promise<Part> {
  const [channels, samples] = (await file.describeDataset(`${name}/ChannelData`)).shape ?? [];
  const info = `${name}/InfoChannel`;
  const tick = (await file.has(info)) ? (await file.readCompound(info, { count: [1] })).Tick?.values?.[0] : undefined;
  const fsHz = Number(tick) > 0 ? 1e6 / Number(tick) : undefined;
  return {
    name,
    options: several ? { dataset: name } : {},
    channels,
    samples,
    ...(fsHz ? { fsHz } : {}),
    ...span(samples, fsHz),
    ...(await clockSpan(file, `${name}/ChannelDataTimeStamps`, fsHz)),
  };
}

/** From rows of [time in µs, first sample, last sample]. */
async function clockSpan(file: Hdf5File, path: string, fsHz: number | undefined): Promise<Pick<Part, 'durationMs'>> {
  if (!fsHz || !(await file.has(path))) return {};
  const { data, shape } = await file.read(path, { as: 'float64' });
  if (shape.length !== 2 || shape[1] !== 3 || shape[0] < 2) return {};
  const [time, first, last] = data.subarray(data.length - 3);
  return { durationMs: (time - data[0]) / 1000 + ((last - first + 1) * 1000) / fsHz };
}
