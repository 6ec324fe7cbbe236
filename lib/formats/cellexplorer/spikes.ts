/** The struct `spikes` of CellExplorer, out of a MAT-file of version 5 or of HDF5 (7.3). Source: cellexplorer.org, "Data structure". */
import { type Hdf5File, openHdf5 } from '../../containers/hdf5/file.js';
import { isMat5Start, type MatValue, readMat5 } from '../../containers/matlab/mat5.js';
import { FormatError, LimitError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { firstBytes } from '../../io/look.js';
import { fileBytes } from '../../io/small-files.js';

export interface CellSpikes {
  /** s, one list a unit. */
  times: Float64Array[];
  /** One value a unit each, where the field has as many. */
  columns: Map<string, (number | string)[]>;
  /** Samples per second. */
  fsHz: number | undefined;
}

/** Fields with one number or text a unit, and what attributes call them. */
export const fieldNames: Readonly<Record<string, string>> = {
  UID: 'unit_id',
  cluID: 'cluster',
  shankID: 'shank',
  region: 'region',
  maxWaveformCh1: 'electrode',
};
const mostBytes = 2 ** 31;

/** @throws FormatError where there are no times, LimitError */
export async function readSpikes(path: string, context: SourceContext): Promise<CellSpikes> {
  const isOld = isMat5Start(await firstBytes(path, 0, 32));
  return isOld ? fromMat5(path, context) : fromHdf5(path, context);
}

function absent(path: string, found: string): FormatError {
  return new FormatError(`${path} must hold a struct spikes with the field times, found ${found}`, {
    path,
    location: 'spikes',
  });
}

async function fromMat5(path: string, { limits, report }: SourceContext): Promise<CellSpikes> {
  const bytes = Buffer.from(await fileBytes(path, Math.min(mostBytes, limits.maxFileBytes)));
  report.bytesRead += bytes.length;
  const spikes = (await readMat5(bytes, path, ['spikes'], limits)).get('spikes');
  if (spikes?.kind !== 'structs') throw absent(path, spikes ? spikes.kind : 'no spikes');
  const field = (name: string): MatValue => spikes.fields.get(name)?.[0] ?? null;
  const times = field('times');
  if (times?.kind !== 'cells') throw absent(path, [...spikes.fields.keys()].slice(0, 20).join(', ') || 'no fields');
  const lists = times.cells.map((cell, u) => {
    if (cell?.kind === 'numbers') return cell.data;
    throw new FormatError(
      `spikes.times of ${path} must hold numbers for unit ${u}, found ${cell?.kind ?? 'another class'}`,
      {
        path,
        location: `spikes.times{${u + 1}}`,
      },
    );
  });
  if (lists.length > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, lists.length, path);
  const columns = new Map<string, (number | string)[]>();
  for (const name of Object.keys(fieldNames)) {
    const values = valuesOf(field(name));
    if (values?.length === lists.length) columns.set(name, values);
  }
  const rate = field('sr');
  return { times: lists, columns, fsHz: rate?.kind === 'numbers' ? usable(rate.data[0]) : undefined };
}

function valuesOf(value: MatValue): (number | string)[] | undefined {
  if (value?.kind === 'numbers') return Array.from(value.data);
  if (value?.kind !== 'cells') return undefined;
  return value.cells.map((cell) =>
    cell?.kind === 'text' ? cell.text : cell?.kind === 'numbers' ? (cell.data[0] ?? '') : '',
  );
}

const usable = (rate: number | undefined) =>
  rate !== undefined && rate > 0 && Number.isFinite(rate) ? rate : undefined;

async function fromHdf5(path: string, { limits, signal, report }: SourceContext): Promise<CellSpikes> {
  const file = await openHdf5(path, { limits, signal, report });
  try {
    const names = (await file.has('/spikes')) ? (await file.list('/spikes')).map(({ name }) => name) : [];
    if (!names.includes('times')) throw absent(path, names.slice(0, 20).join(', ') || 'no spikes');
    const lists = await cellPaths(file, '/spikes/times');
    if (lists.length > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, lists.length, path);
    const times: Float64Array[] = [];
    for (const list of lists) times.push(await numbersAt(file, list));
    const columns = new Map<string, (number | string)[]>();
    for (const name of Object.keys(fieldNames)) {
      if (!names.includes(name)) continue;
      const values = await columnAt(file, `/spikes/${name}`);
      if (values.length === lists.length) columns.set(name, values);
    }
    const rate = names.includes('sr') ? (await numbersAt(file, '/spikes/sr'))[0] : undefined;
    return { times, columns, fsHz: usable(rate) };
  } finally {
    file.close();
  }
}

/** What a cell refers to; numbers that are no cell are their own. */
async function cellPaths(file: Hdf5File, path: string): Promise<string[]> {
  const { dtype } = await file.describeDataset(path);
  return dtype.class === 'reference' ? file.readReferences(path) : [path];
}

/** An empty array has its sizes for values. */
async function isEmpty(file: Hdf5File, path: string): Promise<boolean> {
  const { MATLAB_empty } = await file.attributes(path);
  return MATLAB_empty === true || Number(MATLAB_empty ?? 0) === 1;
}

async function numbersAt(file: Hdf5File, path: string): Promise<Float64Array> {
  if (path === '' || (await isEmpty(file, path))) return new Float64Array(0);
  return (await file.read(path, { as: 'float64' })).data;
}

async function columnAt(file: Hdf5File, path: string): Promise<(number | string)[]> {
  const { dtype } = await file.describeDataset(path);
  if (dtype.class !== 'reference') return Array.from(await numbersAt(file, path));
  const out: (number | string)[] = [];
  for (const each of await file.readReferences(path)) {
    const values = await numbersAt(file, each);
    const text = each !== '' && (await file.attributes(each)).MATLAB_class === 'char';
    out.push(text ? String.fromCharCode(...values.subarray(0, 1000)) : (values[0] ?? ''));
  }
  return out;
}

/** The rate out of the session's own files, which lie beside. */
export async function rateIn(
  path: string,
  where: readonly string[],
  context: SourceContext,
): Promise<number | undefined> {
  const { limits, signal, report } = context;
  if (isMat5Start(await firstBytes(path, 0, 32))) {
    const bytes = Buffer.from(await fileBytes(path, mostBytes));
    let value = (await readMat5(bytes, path, [where[0]], limits)).get(where[0]) ?? null;
    for (const name of where.slice(1)) value = value?.kind === 'structs' ? (value.fields.get(name)?.[0] ?? null) : null;
    return value?.kind === 'numbers' ? usable(value.data[0]) : undefined;
  }
  const file = await openHdf5(path, { limits, signal, report });
  try {
    const at = `/${where.join('/')}`;
    return (await file.has(at)) ? usable((await numbersAt(file, at))[0]) : undefined;
  } finally {
    file.close();
  }
}
