/** Neuralynx' spikes: .nse (one wire), .nst (two) and .ntt (four), with the cell that each was sorted into. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FormatError, LimitError, NotFoundError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { Slices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';
import { runLoader } from '../../loading/context.js';
import { placeOf, spikeDataOfUnits } from '../../loading/found-units.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import type { NeuronAttributes, SpikeData } from '../../spike-data/spike-data.js';
import { headerBytes, isNeuralynx, parseHeader, recordBytesIn } from './header.js';
import { idOf } from './recording.js';

const loader = { name: 'loadSpikeDataFromNeuralynx', format: 'neuralynx' };
/** Time, acquisition channel, cell and eight features come before the waveforms of 32 samples. */
const wires: Readonly<Record<string, number>> = { '.nse': 1, '.nst': 2, '.ntt': 4 };
const recordBytesOf = (count: number) => 48 + 64 * count;
const pieceBytes = 2 ** 20;

/**
 * Loads the spikes of a .nse, .nst or .ntt file, or of all of a folder. A unit is a cell of a file, in the order of their names and
 * numbers; cell 0 holds what was not sorted. Times count from the earliest timestamp of the folder's files, samples among them.
 *
 * @throws NotFoundError, FormatError, LimitError
 */
export async function loadSpikeDataFromNeuralynx(source: Source, options: LoadOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, loadOptionNames, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, context));
}

async function load(source: Source, context: SourceContext): Promise<SpikeData> {
  const place = await placeOf(source, context);
  const folder = place.isFolder ? place.path : dirname(place.path);
  const files = place.isFolder ? await spikeFiles(folder, context) : [await namedFile(place.path)];
  const [times, units] = [new Growing(context.limits.maxSpikes, folder), new Growing(context.limits.maxSpikes, folder)];
  const attributes: NeuronAttributes[] = [];
  for (const path of files) await readSpikes(path, { times, units, attributes }, context);
  const origin = await earliest(folder, times.values, context);
  return spikeDataOfUnits(
    source,
    { path: place.path, times: 'the timestamps', units: 'the cells' },
    {
      times: times.values.map((time) => time - origin),
      units: units.values,
      attributes,
      scale: { divide: 1000 },
      metadata: { source_format: 'Neuralynx', origin_us: origin },
    },
    context,
  );
}

async function spikeFiles(folder: string, context: SourceContext): Promise<string[]> {
  const names = inNaturalOrder((await readdir(folder)).filter((name) => wires[extname(name).toLowerCase()]));
  const found: string[] = [];
  for (const name of names) {
    const path = await memberPath(folder, join(folder, name), context);
    if (await isNeuralynx(path)) found.push(path);
  }
  if (found.length) return found;
  throw new NotFoundError(`Files .nse, .nst or .ntt were expected in ${folder}`, { path: folder });
}

async function namedFile(path: string): Promise<string> {
  if (wires[extname(path).toLowerCase()]) return path;
  const hint = /\.ncs$/i.test(path) ? 'continuous samples: openRecording opens them' : basename(path);
  throw new FormatError(`${path} must hold spikes (.nse, .nst or .ntt), found ${hint}`, { path });
}

interface Collected {
  times: Growing;
  units: Growing;
  attributes: NeuronAttributes[];
}

/** Adds a unit for each cell, cells in order. */
async function readSpikes(
  path: string,
  { times, units, attributes }: Collected,
  context: SourceContext,
): Promise<void> {
  const { report, signal, limits } = context;
  await withPartFile(path, async (file) => {
    const header = parseHeader(await file.read(0, headerBytes), path, file.size);
    const recordBytes = recordBytesIn(header, recordBytesOf(wires[extname(path).toLowerCase()]));
    const rest = (file.size - headerBytes) % recordBytes;
    if (rest) report.warning('frame-cut', `${path} ends within a record: its last ${rest} bytes are left out`, rest);
    const end = file.size - rest;
    const found: { time: Growing; cell: Growing } = {
      time: new Growing(limits.maxSpikes, path),
      cell: new Growing(limits.maxSpikes, path),
    };
    const slices = new Slices(signal);
    const step = Math.floor(pieceBytes / recordBytes) * recordBytes;
    for (let start = headerBytes; start < end; start += step) {
      const bytes = await file.read(start, Math.min(end, start + step));
      for (let at = 0; at < bytes.length; at += recordBytes) {
        found.time.push(bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32);
        found.cell.push(bytes.readUInt32LE(at + 12));
      }
      await slices.turn();
    }
    report.bytesRead += file.size;
    const cells = found.cell.values;
    const distinct = new Set(cells);
    if (attributes.length + distinct.size > limits.maxUnits) {
      throw new LimitError('maxUnits', limits.maxUnits, attributes.length + distinct.size, path);
    }
    const rows = new Map<number, number>();
    const channel = header.value('ADChannel');
    for (const cell of [...distinct].sort((a, b) => a - b)) {
      rows.set(cell, attributes.length);
      const sorted = cell === 0 ? { label: 'unsorted' } : {};
      attributes.push({
        unit_id: `${idOf(path)}-${cell}`,
        electrode: idOf(path),
        cell,
        ...sorted,
        ...(channel ? { channel } : {}),
      });
    }
    for (let i = 0; i < cells.length; i++) {
      times.push(found.time.values[i]);
      units.push(rows.get(cells[i]) as number);
    }
  });
}

/** µs. Samples that were recorded with the spikes may begin before them. */
async function earliest(folder: string, times: Float64Array, context: SourceContext): Promise<number> {
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times.length; i++) first = Math.min(first, times[i]);
  for (const name of (await readdir(folder).catch(() => [])).filter((each) => /\.ncs$/i.test(each))) {
    const path = await memberPath(folder, join(folder, name), context);
    if (!(await isNeuralynx(path))) continue;
    await withPartFile(path, async ({ read }) => {
      const bytes = await read(headerBytes, headerBytes + 8);
      if (bytes.length === 8) first = Math.min(first, bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32);
    });
  }
  return Number.isFinite(first) ? first : 0;
}
