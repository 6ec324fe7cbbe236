/** MountainSort's firings.mda: an array of numbers, a column a spike. Source: the description of the MDA format of MountainLab. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonObject } from '../../containers/text/json.js';
import { positive } from '../../core/checks.js';
import { FormatError, LimitError, NotFoundError, OptionError, UnsupportedError } from '../../core/errors.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { Slices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { Fields } from '../../io/fields.js';
import { isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { headOf, withPartFile } from '../../io/part-file.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, placeOf, rowsOf, spikeDataOfUnits } from '../../loading/found-units.js';
import type { SpikeData } from '../../spike-data/spike-data.js';

export interface MdaOptions extends LoadOptions {
  /** Samples per second, where no params.json beside the file says `samplerate`. */
  fsHz?: number;
}

export const mdaOptionNames: OptionNames<Omit<MdaOptions, keyof LoadOptions>> = { fsHz: true };

const loader = { name: 'loadSpikeDataFromMda', format: 'mda' };

/**
 * Loads firings.mda, or the folder that holds it: row 0 is the electrode (from 1 on, 0 where it is not known), row 1 the time in
 * samples from 0 on, which may have a fraction, row 2 the unit. Labels of 0 and below are no units.
 *
 * @throws OptionError where no rate is known, FormatError, UnsupportedError (complex numbers), NotFoundError, LimitError
 */
export async function loadSpikeDataFromMda(source: Source, options: MdaOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...mdaOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: MdaOptions, context: SourceContext): Promise<SpikeData> {
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  const place = await placeOf(source, context);
  const path = place.isFolder
    ? await memberPath(place.path, join(place.path, await firingsIn(place.path)), context)
    : place.path;
  const fsHz = options.fsHz ?? (await rateBeside(place, context));
  const { electrodes, times, labels: all } = await readFirings(path, context);
  const { labels, index } = await labelsOf(all, path, context);
  const odd = labels.find((label) => !Number.isInteger(label));
  if (odd !== undefined) {
    const message = `Row 2 of ${path} must label spikes by whole numbers, found ${odd}`;
    throw new FormatError(message, { path, location: 'row 2' });
  }
  const { rowOf, kept } = rowsOf(labels, (label) => label > 0);
  if (kept.length < labels.length) {
    const left = index.reduce((sum, label) => sum + (rowOf[label] < 0 ? 1 : 0), 0);
    context.report.info(
      'labels-left-out',
      `${left} spikes of ${path} have labels of 0 or below, which are no units`,
      left,
    );
  }
  const first = new Float64Array(labels.length).fill(Number.NaN);
  for (let i = index.length - 1; i >= 0; i--) first[index[i]] = electrodes[i];
  return spikeDataOfUnits(
    source,
    { path, times: 'row 1', units: 'row 2' },
    {
      ...{ times, units: index, rowOf, scale: { multiply: 1000, divide: fsHz } },
      attributes: kept.map((label) => {
        const electrode = first[labels.indexOf(label)];
        return { unit_id: label, ...(electrode > 0 ? { electrode } : {}) };
      }),
      metadata: { source_format: 'MountainSort', fs_Hz: fsHz },
    },
    context,
  );
}

async function firingsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /\.mda$/i.test(name)).sort();
  const found = names.find((name) => name === 'firings.mda') ?? (names.length === 1 ? names[0] : undefined);
  if (found) return found;
  throw new NotFoundError(`firings.mda was expected in ${folder}`, { path: folder, available: names.slice(0, 20) });
}

async function rateBeside(
  { path, isFolder }: { path: string; isFolder: boolean },
  context: SourceContext,
): Promise<number> {
  const folder = isFolder ? path : join(path, '..');
  const params = await memberPath(folder, join(folder, 'params.json'), context);
  const said = (await isFile(params)) ? (await readJsonObject(params, context.limits)).samplerate : undefined;
  const rate = Number(said);
  if (said !== undefined && rate > 0 && Number.isFinite(rate)) return rate;
  throw new OptionError(
    'fsHz',
    'given',
    undefined,
    `${path} counts samples, and no params.json beside it says samplerate`,
  );
}

const codes: Readonly<Record<number, { size: number; read: (bytes: Buffer, at: number) => number }>> = {
  [-2]: { size: 1, read: (bytes, at) => bytes[at] },
  [-3]: { size: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  [-4]: { size: 2, read: (bytes, at) => bytes.readInt16LE(at) },
  [-5]: { size: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  [-6]: { size: 2, read: (bytes, at) => bytes.readUInt16LE(at) },
  [-7]: { size: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
  [-8]: { size: 4, read: (bytes, at) => bytes.readUInt32LE(at) },
};
const mostDimensions = 50;
const pieceBytes = 2 ** 18;

/** The shape and where the data begin. @throws FormatError, UnsupportedError */
export async function readMdaHeader(path: string) {
  const { head, size } = await headOf(path, 12 + 8 * mostDimensions);
  const fields = new Fields(head, path);
  const code = fields.i32();
  if (code === -1 || code > 0) {
    throw new UnsupportedError('complex MDA', `${path} holds complex numbers (code ${code}); firings are real`);
  }
  const type = codes[code];
  const [bytes, dimensions] = [fields.i32(), fields.i32()];
  if (!type || bytes !== type.size || dimensions === 0 || Math.abs(dimensions) > mostDimensions) {
    const found = `code ${code} with ${bytes} bytes a number in ${dimensions} dimensions`;
    throw new FormatError(
      `${path} must begin with a type of MDA (-2 to -8), its bytes and a number of dimensions, found ${found}`,
      {
        path,
        location: 'byte 0',
      },
    );
  }
  const shape = Array.from({ length: Math.abs(dimensions) }, () =>
    dimensions < 0 ? Number(fields.u64()) : fields.i32(),
  );
  const claimed = shape.reduce((product, n) => product * n, type.size);
  if (shape.some((n) => n < 0) || claimed !== size - fields.at) {
    const message = `${path} must hold ${shape.join(' × ')} numbers of ${type.size} bytes, found ${size - fields.at} bytes`;
    throw new FormatError(message, { path, location: 'byte 12' });
  }
  return { shape, type, dataStart: fields.at, size };
}

async function readFirings(path: string, { limits, signal, report }: SourceContext) {
  const { shape, type, dataStart, size } = await readMdaHeader(path);
  const [rows, events] = [shape[0], shape.slice(1).reduce((product, n) => product * n, 1)];
  if (rows < 3) {
    throw new FormatError(
      `${path} must have at least three rows (electrode, time, label), found shape (${shape.join(', ')})`,
      { path },
    );
  }
  if (events > limits.maxSpikes) throw new LimitError('maxSpikes', limits.maxSpikes, events, path);
  const [electrodes, times, labels] = [new Float64Array(events), new Float64Array(events), new Float64Array(events)];
  const column = rows * type.size;
  const perPiece = Math.max(1, Math.floor(pieceBytes / column));
  const slices = new Slices(signal);
  await withPartFile(path, async (file) => {
    for (let from = 0; from < events; from += perPiece) {
      const to = Math.min(events, from + perPiece);
      const bytes = await file.read(dataStart + from * column, dataStart + to * column);
      for (let event = from; event < to; event++) {
        const at = (event - from) * column;
        electrodes[event] = type.read(bytes, at);
        times[event] = type.read(bytes, at + type.size);
        labels[event] = type.read(bytes, at + 2 * type.size);
      }
      await slices.turn();
    }
  });
  report.bytesRead += size;
  return { electrodes, times, labels };
}
