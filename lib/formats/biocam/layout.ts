/** Where 3Brain's BRW files keep samples, channels and scales: versions 3 and 4. Source: 3Brain's notes on BRW 4, and files of both. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import { parseJson } from '../../containers/text/json.js';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { checkRate } from '../../recordings/streams.js';

export interface BrwStream {
  name: string;
  /** Path of the samples: frames after frames, in one dimension or two. */
  raw: string;
  ids: readonly (number | string)[];
  frames: number;
  fsHz: number;
  /** µV of a step, and of 0. */
  gain: number;
  offset: number;
  /** First frame of each stretch, and the frame behind its last, as the file counts them. */
  chunks: readonly [start: number, end: number][];
}

const wellName = /^Well_/;
const version3 = '/3BRecInfo';
const settings = '/ExperimentSettings';

export async function isBrw(file: Hdf5File): Promise<boolean> {
  if (await file.has(version3)) return true;
  if (!(await file.has(settings))) return false;
  return (await file.list('/')).some(({ name }) => wellName.test(name));
}

/** One stream, or one a well. @throws FormatError, UnsupportedError for samples that are compressed in 3Brain's own ways, or absent */
export async function brwStreams(
  file: Hdf5File,
  context: Pick<SourceContext, 'limits' | 'signal'>,
): Promise<BrwStream[]> {
  return (await file.has(version3)) ? [await oldStream(file)] : newStreams(file, context);
}

async function oldStream(file: Hdf5File): Promise<BrwStream> {
  const { path } = file;
  const raw = '/3BData/Raw';
  if (!(await file.has(raw))) {
    const inside = (await file.has('/3BData'))
      ? (await file.list('/3BData')).map(({ name }) => name).join(', ')
      : 'no 3BData';
    throw new UnsupportedError(
      'BRW without raw samples',
      `${path} must hold raw samples in ${raw}, found ${inside}: results and events are not read`,
    );
  }
  const one = (name: string) => only(file, `/3BRecInfo/3BRecVars/${name}`);
  const [bits, max, min, frames] = [
    await one('BitDepth'),
    await one('MaxVolt'),
    await one('MinVolt'),
    await one('NRecFrames'),
  ];
  const inversion = (await file.has('/3BRecInfo/3BRecVars/SignalInversion')) ? await one('SignalInversion') : 1;
  const chs = '/3BRecInfo/3BMeaStreams/Raw/Chs';
  const columns = await file.readCompound(chs);
  const [rows, cols] = ['Row', 'Col'].map((name) => {
    const values = columns[name]?.values;
    if (values && !Array.isArray(values)) return Array.from(values, Number);
    throw new FormatError(`${chs} of ${path} must have a field ${name}`, { path, location: chs });
  });
  const gain = (inversion * (max - min)) / 2 ** bits;
  return {
    ...{ name: 'Raw', raw, frames, gain, offset: inversion * min, chunks: [] },
    ids: rows.map((row, c) => `${row}-${cols[c]}`),
    fsHz: checkRate(await one('SamplingRate'), path, 'SamplingRate'),
  };
}

async function only(file: Hdf5File, dataset: string): Promise<number> {
  const { data } = await file.read(dataset, { as: 'float64' });
  if (data.length === 1 && Number.isFinite(data[0])) return data[0];
  const message = `${dataset} of ${file.path} must hold one number, found ${data.length === 1 ? data[0] : `${data.length} of them`}`;
  throw new FormatError(message, { path: file.path, location: dataset });
}

async function newStreams(
  file: Hdf5File,
  { limits, signal }: Pick<SourceContext, 'limits' | 'signal'>,
): Promise<BrwStream[]> {
  const { path } = file;
  const text = (await file.readStrings(settings))[0] ?? '';
  const json = await parseJson(Buffer.from(text), `${settings} of ${path}`, limits, signal);
  const number = (group: string, name: string, otherwise?: number): number => {
    const value = (json[group] as Record<string, unknown> | undefined)?.[name] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new FormatError(`${settings} of ${path} must say ${group}.${name}, found ${String(value)}`, {
      path,
      location: settings,
    });
  };
  const converter = (name: string, otherwise?: number) => number('ValueConverter', name, otherwise);
  const [minA, maxA, minD, maxD] = ['MinAnalogValue', 'MaxAnalogValue', 'MinDigitalValue', 'MaxDigitalValue'].map(
    (name) => converter(name),
  );
  const gain = (converter('ScaleFactor', 1) * (maxA - minA)) / (maxD - minD);
  const fsHz = checkRate(number('TimeConverter', 'FrameRate'), path, 'FrameRate');
  const chunks = await chunksIn(file);
  const streams: BrwStream[] = [];
  const others = new Set<string>();
  for (const { name } of (await file.list('/')).filter((entry) => wellName.test(entry.name))) {
    const members = (await file.list(`/${name}`)).map((entry) => entry.name);
    for (const kind of ['EventsBasedSparseRaw', 'WaveletBasedEncodedRaw']) if (members.includes(kind)) others.add(kind);
    if (!members.includes('Raw')) continue;
    const { data: ids } = await file.read(`/${name}/StoredChIdxs`, { as: 'float64' });
    const { size } = await file.describeDataset(`/${name}/Raw`);
    if (!ids.length || size % ids.length) {
      const message = `/${name}/Raw of ${path} must have a sample of each of ${ids.length} channels in every frame, found ${size}`;
      throw new FormatError(message, { path, location: `/${name}/Raw` });
    }
    const frames = size / ids.length;
    streams.push({
      name,
      raw: `/${name}/Raw`,
      ids: Array.from(ids),
      frames,
      fsHz,
      gain,
      offset: minA - minD * gain,
      chunks,
    });
  }
  if (streams.length) return streams;
  const found = others.size ? [...others].join(' and ') : 'no samples';
  throw new UnsupportedError(found, `${path} must hold raw samples (Raw) in a well, found ${found}, which is not read`);
}

async function chunksIn(file: Hdf5File): Promise<[number, number][]> {
  if (!(await file.has('/TOC'))) return [];
  const { data, shape } = await file.read('/TOC', { as: 'float64' });
  if (shape.length === 2 && shape[1] === 2)
    return Array.from({ length: shape[0] }, (_, c) => [data[2 * c], data[2 * c + 1]]);
  const message = `/TOC of ${file.path} must have a first and a last frame in each row, found shape (${shape.join(', ')})`;
  throw new FormatError(message, { path: file.path, location: '/TOC' });
}
