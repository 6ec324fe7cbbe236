/** tridesclous: a folder with info.json and the spikes of each channel group and segment, as arrays that arrays.json describes. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type NpyType, typeFromDescr } from '../../containers/npy/dtype.js';
import type { Literal } from '../../containers/npy/literal.js';
import { type JsonObject, readJsonObject } from '../../containers/text/json.js';
import { integer } from '../../core/checks.js';
import { FormatError, LimitError, NotFoundError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { readOptional } from '../../core/optional.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { Slices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';
import { runLoader } from '../../loading/context.js';
import { labelsOf, placeOf, spikeDataOfUnits } from '../../loading/found-units.js';
import { checkRate } from '../../recordings/streams.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';

export interface TridesclousOptions extends LoadOptions {
  /** Which segment, where there are several. Default: the first, with a warning. */
  segmentIndex?: number;
}

export const tridesclousOptionNames: OptionNames<Omit<TridesclousOptions, keyof LoadOptions>> = { segmentIndex: true };

const loader = { name: 'loadSpikeDataFromTridesclous', format: 'tridesclous' };

/**
 * Loads the cells of all channel groups of a tridesclous folder (or its info.json), in the order of groups and labels. Labels below
 * 0 (trash, unclassified) are no units; jitter within a sample is not added.
 *
 * @throws OptionError, NotFoundError, FormatError, LimitError
 */
export async function loadSpikeDataFromTridesclous(
  source: Source,
  options: TridesclousOptions = {},
): Promise<SpikeData> {
  options = knownOptions(options, { ...tridesclousOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

const numbered = (names: readonly string[], start: string): { name: string; number: number }[] =>
  names
    .flatMap((name) => {
      const digits = name.startsWith(start) ? name.slice(start.length) : '';
      return /^\d{1,6}$/.test(digits) ? [{ name, number: Number(digits) }] : [];
    })
    .sort((a, b) => a.number - b.number);

async function load(source: Source, options: TridesclousOptions, context: SourceContext): Promise<SpikeData> {
  const place = await placeOf(source, context);
  const folder = place.isFolder ? place.path : dirname(place.path);
  if (!place.isFolder && basename(place.path) !== 'info.json') {
    throw new FormatError(`source must be a folder of tridesclous or its info.json, found ${place.path}`, {
      path: place.path,
    });
  }
  const { limits, report } = context;
  const info = await readJsonObject(await memberPath(folder, join(folder, 'info.json'), context), limits);
  const { sample_rate } = (info.datasource_info ?? info.datasource_kargs ?? {}) as JsonObject;
  const fsHz = checkRate(Number(sample_rate), join(folder, 'info.json'), 'datasource_info.sample_rate');
  const groups = numbered(await readdir(folder), 'channel_group_');
  if (!groups.length) throw new NotFoundError(`channel_group_0 was expected in ${folder}`, { path: folder });
  const [times, units] = [new Growing(limits.maxSpikes, folder), new Growing(limits.maxSpikes, folder)];
  const attributes: NeuronAttributes[] = [];
  let left = 0;
  for (const group of groups) {
    const root = await memberPath(folder, join(folder, group.name), context);
    const segment = await segmentOf(root, options.segmentIndex, context);
    const path = await memberPath(folder, join(root, segment, 'spikes.raw'), context);
    const columns = await readColumns(path, 'spikes', ['index', 'cluster_label'], context);
    const { labels, index } = await labelsOf(columns.cluster_label, path, context);
    const extremes = await readOptional(report, `The channels of ${root}`, () =>
      extremeChannels(folder, root, context),
    );
    const rows = labels.map((label) => {
      if (label < 0) return -1;
      const electrode = extremes?.get(label);
      const of = groups.length > 1 ? { group: group.number } : {};
      return (
        attributes.push({
          unit_id: groups.length > 1 ? `${group.number}-${label}` : label,
          ...of,
          ...(electrode === undefined ? {} : { electrode }),
        }) - 1
      );
    });
    if (attributes.length > limits.maxUnits)
      throw new LimitError('maxUnits', limits.maxUnits, attributes.length, folder);
    for (let i = 0; i < index.length; i++) {
      const row = rows[index[i]];
      if (row < 0) left++;
      else {
        times.push(columns.index[i]);
        units.push(row);
      }
    }
  }
  if (left)
    report.info(
      'labels-left-out',
      `${left} spikes of ${folder} have labels below 0 (trash, unclassified), which are no units`,
      left,
    );
  return spikeDataOfUnits(
    source,
    { path: folder, times: 'index', units: 'cluster_label' },
    {
      ...{ times: times.values, units: units.values, attributes, scale: { multiply: 1000, divide: fsHz } },
      metadata: { source_format: 'tridesclous', fs_Hz: fsHz },
    },
    context,
  );
}

async function segmentOf(root: string, wanted: number | undefined, { report }: SourceContext): Promise<string> {
  const segments = numbered(await readdir(root), 'segment_');
  if (!segments.length) throw new NotFoundError(`segment_0 was expected in ${root}`, { path: root });
  if (wanted !== undefined) return segments[integer(wanted, 'segmentIndex', 0, segments.length - 1)].name;
  if (segments.length > 1) {
    const message = `${root} has ${segments.length} segments, of which the first is loaded. Give segmentIndex for another`;
    report.warning('several-segments', message, segments.length);
  }
  return segments[0].name;
}

const pieceRows = 2 ** 12;

/** Whole numbers of a structured array, by the names of its fields. @throws FormatError */
async function readColumns<K extends string>(
  path: string,
  array: string,
  names: readonly K[],
  { limits, signal, report }: SourceContext,
): Promise<Record<K, Float64Array>> {
  const described = join(dirname(path), 'arrays.json');
  const { dtype, shape } = ((await readJsonObject(described, limits))[array] ?? {}) as JsonObject;
  const type = typeFromDescr(dtype as Literal);
  const count = Array.isArray(shape) && shape.length === 1 ? Number(shape[0]) : Number.NaN;
  if (typeof type === 'string' || !Number.isSafeInteger(count) || count < 0) {
    const found = shape === undefined ? 'none' : JSON.stringify(shape).slice(0, 80);
    const why = typeof type === 'string' ? type : `a shape [rows] was expected, found ${found}`;
    throw new FormatError(`${described} must describe the array ${array}: ${why}`, {
      path: described,
      location: array,
    });
  }
  const fields = names.map((name) => {
    const field = type.fields.find((each) => each.name === name);
    if (field && field.type.letter === 'i' && [4, 8].includes(field.type.size) && !field.type.inner.length)
      return field;
    throw new FormatError(`${described} must give ${array} a field ${name} of whole numbers`, {
      path: described,
      location: array,
    });
  });
  return withPartFile(path, async (file) => {
    if (file.size !== count * type.size) {
      const message = `${path} must hold ${count} rows of ${type.size} bytes, found ${file.size} bytes`;
      throw new FormatError(message, { path });
    }
    if (count > limits.maxSpikes) throw new LimitError('maxSpikes', limits.maxSpikes, count, path);
    const columns = fields.map(() => new Float64Array(count));
    const slices = new Slices(signal);
    for (let from = 0; from < count; from += pieceRows) {
      const bytes = await file.read(from * type.size, Math.min(count, from + pieceRows) * type.size);
      for (const [f, field] of fields.entries()) fillColumn(columns[f], from, bytes, type.size, field);
      await slices.turn();
    }
    report.bytesRead += file.size;
    return Object.fromEntries(names.map((name, f) => [name, columns[f]])) as Record<K, Float64Array>;
  });
}

function fillColumn(
  out: Float64Array,
  from: number,
  bytes: Buffer,
  size: number,
  field: { offset: number; type: NpyType },
): void {
  const { offset, type } = field;
  const wide = type.size === 8;
  for (let at = offset, i = from; at < bytes.length; at += size, i++) {
    if (wide) out[i] = Number(type.bigEndian ? bytes.readBigInt64BE(at) : bytes.readBigInt64LE(at));
    else out[i] = type.bigEndian ? bytes.readInt32BE(at) : bytes.readInt32LE(at);
  }
}

/** The channel of the largest amplitude of each cluster, out of the catalogue. */
async function extremeChannels(
  folder: string,
  root: string,
  context: SourceContext,
): Promise<Map<number, number> | undefined> {
  const path = await memberPath(folder, join(root, 'catalogues', 'initial', 'clusters.raw'), context);
  if (!(await isFile(path))) return undefined;
  const { cluster_label, extremum_channel } = await readColumns(
    path,
    'clusters',
    ['cluster_label', 'extremum_channel'],
    context,
  );
  return new Map(Array.from(cluster_label, (label, i) => [label, extremum_channel[i]]));
}
