/** Options of HDF5 layouts that are neither names nor shapes: units of times and widths of bins. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { Part } from '../../loading/identify/identification.js';

/** Which option says the unit of the times that another option names. */
const unitOptions: Readonly<Record<string, string>> = {
  spikeTimesDataset: 'spikeTimesUnit',
  timesDataset: 'timesUnit',
  groupPerUnit: 'groupTimeUnit',
};

/** Adds what attributes, names and the file's length say. */
export async function withKnownUnits(file: Hdf5File, parts: readonly Part[]): Promise<Part[]> {
  const root = await file.attributes('/');
  const out: Part[] = [];
  for (const part of parts) {
    const options = { ...part.options };
    for (const [name, option] of Object.entries(unitOptions)) {
      const path = options[name];
      if (typeof path === 'string') Object.assign(options, await unitOf(file, path, option, root));
    }
    if (typeof options.rasterDataset === 'string') {
      const width = (await file.attributes(options.rasterDataset)).bin_size_ms;
      if (typeof width === 'number' && width > 0) options.rasterBinSizeMs = width;
    }
    out.push({ ...part, options });
  }
  return out;
}

type Attributes = Awaited<ReturnType<Hdf5File['attributes']>>;

/** Nothing where the loader finds the unit itself, or where none is known. */
async function unitOf(file: Hdf5File, path: string, option: string, root: Attributes) {
  const { unit, units } = await file.attributes(path);
  if (typeof (unit ?? units) === 'string') return { [option]: unitNamed(String(unit ?? units)) };
  if (/_ms$/.test(path)) return { [option]: 'ms' };
  if (/_s(ec(onds)?)?$/.test(path)) return { [option]: 's' };
  // SONATA's files before 2020 have times in ms, and say no unit
  if (Number(root.magic) === 2682) return { [option]: 'ms' };
  const lengthMs = root.length_ms;
  const last = typeof lengthMs === 'number' && lengthMs > 0 ? await lastOf(file, path) : undefined;
  if (last === undefined || !(last > 0)) return {};
  // times in seconds end a thousand times earlier than the length in ms
  return { [option]: last * 1000 > Number(lengthMs) * 1.001 ? 'ms' : 's' };
}

function unitNamed(text: string): string {
  if (/^(ms|milliseconds?)$/i.test(text)) return 'ms';
  return /^(samples?|frames?)$/i.test(text) ? 'samples' : 's';
}

async function lastOf(file: Hdf5File, path: string): Promise<number | undefined> {
  const first = await file.describe(path);
  const dataset = first.kind === 'group' ? (await file.list(path)).map(({ name }) => `${path}/${name}`)[0] : path;
  if (dataset === undefined) return undefined;
  const { shape } = await file.describeDataset(dataset);
  if (shape?.length !== 1 || shape[0] === 0) return undefined;
  return (await file.read(dataset, { start: [shape[0] - 1], count: [1], as: 'float64' })).data[0];
}

/** With an example for each option that is needed and not known. */
export function withExamples(options: Record<string, unknown>): Record<string, unknown> {
  const out = { ...options };
  for (const [name, option] of Object.entries(unitOptions)) if (name in out) out[option] ??= 's';
  if ('rasterDataset' in out) out.rasterBinSizeMs ??= 1;
  if (Object.values(out).includes('samples')) out.fsHz ??= 30_000;
  return out;
}
