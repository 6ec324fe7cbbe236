/** HDF5 spike trains that the package writes, read by h5py. */
import { join } from 'node:path';
import {
  exportSpikeDataToHdf5,
  type Hdf5Options,
  loadSpikeDataFromHdf5,
  type SpikeData,
  timesFromMs,
  toMs,
} from 'spikelab';
import { expectNumbers, expectSame, expectTrains } from '../compare.js';
import { Difference, type Property, type Tools } from '../property.js';
import { drawSpikes, makeSpikes, rates, type SpikesSpec } from '../spikes.js';

export const timeUnits = ['s', 'ms', 'samples'] as const;
type Unit = (typeof timeUnits)[number];
type ExportSpec = { spikes: SpikesSpec; style: string; unit: string; names: string; fsHz: number; binMs: number };

interface Read {
  datasets: Record<string, unknown>;
  attributes: Record<string, Record<string, unknown>>;
}

const exported: Property<ExportSpec> = {
  name: 'hdf5/export',
  weight: 2,
  needs: ['h5py'],
  draw: (random) => ({
    spikes: drawSpikes(random, { raw: true, maxUnits: 2000 }),
    style: random.pick(['ragged', 'ragged', 'group', 'paired', 'raster']),
    unit: random.pick(timeUnits),
    names: random.pick(['', 'deep/er/', 'zeiten ☃/', 'a b/']),
    fsHz: random.pick(rates),
    binMs: random.pick([1, 5, 20, 0.5]),
  }),
  async check(spec, tools) {
    const limited =
      spec.style === 'raster' ? forRaster(spec.spikes) : spec.style === 'group' ? fewer(spec.spikes) : spec.spikes;
    const sd = makeSpikes({ ...limited, raw: spec.spikes.raw });
    await checkStyle(sd, spec, tools);
  },
};

/** A raster has a cell for every bin. */
const forRaster = (spikes: SpikesSpec): SpikesSpec => ({
  ...spikes,
  ...{
    units: Math.min(spikes.units, 200),
    lengthMs: Math.min(spikes.lengthMs, 20_000),
    spikes: Math.min(spikes.spikes, 1e6),
  },
});
/** HDF5 takes its time for each dataset. */
const fewer = (spikes: SpikesSpec): SpikesSpec => ({ ...spikes, units: Math.min(spikes.units, 500) });

/** What is stored for a time in ms. */
function stored(train: Float64Array, unit: Unit, fsHz: number): number[] | BigInt64Array {
  if (unit === 'samples') return BigInt64Array.from(timesFromMs(train, unit, fsHz), BigInt);
  return Array.from(train, (ms) => (unit === 's' ? ms / 1000 : ms));
}

async function checkStyle(sd: SpikeData, spec: ExportSpec, { folder, python, count }: Tools): Promise<void> {
  const { names, spikes } = spec;
  const [fsHz, binMs] = [spec.fsHz || 1000, spec.binMs || 1];
  const unit = spec.unit as Unit;
  const path = join(folder, 'sd.h5');
  const place = (name: string) => `${names}${name}`;
  const [times, index, raster] = [place('times'), place('index'), place('raster')];
  const raw =
    spikes.raw && sd.rawData ? { rawDataset: place('raw'), rawTimeDataset: place('raw_time'), rawTimeUnit: unit } : {};
  const options = {
    ragged: { spikeTimesDataset: times, spikeTimesIndexDataset: index, spikeTimesUnit: unit },
    group: { groupPerUnit: times, groupTimeUnit: unit },
    paired: { idcesDataset: index, timesDataset: times, timesUnit: unit },
    raster: { rasterDataset: raster, rasterBinSizeMs: binMs },
  }[spec.style] as Hdf5Options;
  const style = spec.style as 'ragged' | 'group' | 'paired' | 'raster';
  await exportSpikeDataToHdf5(sd, path, { style, ...options, ...raw, fsHz });
  const read = await python.ask<Read>('hdf5s.read', { path });
  // rounding to samples may move the first and the last spike half a sample outwards
  const half = unit === 'samples' && style !== 'raster' ? 500 / fsHz + 1e-6 : 0;
  expectWithin(read.attributes['/'].start_time, sd.startTime, 'start_time in h5py', half);
  expectWithin(read.attributes['/'].length_ms, sd.length, 'length_ms in h5py', 2 * half);
  const trains = sd.train.map((train) => stored(train, unit, fsHz));
  if (style === 'raster') {
    checkRaster(read.datasets[raster] as Counts, sd, binMs);
    await checkBins(read.datasets[raster] as Counts, sd, binMs, { folder, python });
    count('round trips', 'HDF5 raster → numpy, bin by bin');
  } else if (style === 'group') {
    trains.forEach((train, u) => {
      expectNumbers(read.datasets[`${times}/${u}`] as Float64Array, train, `${times}/${u} in h5py`);
    });
  } else checkFlat(read, { times, index }, trains, style);
  if (sd.rawData && spikes.raw)
    expectNumbers((read.datasets[place('raw')] as Counts).data, sd.rawData.data, 'raw in h5py');
  count('round trips', `HDF5 ${style} → h5py`);
  const loaded = await loadSpikeDataFromHdf5(path, { ...options, ...raw, fsHz });
  if (style === 'raster') {
    expectSame(
      loaded.train.map((train) => train.length),
      sd.train.map((train) => train.length),
      'spikes of each unit',
    );
  } else {
    const back = trains.map((train) => toMs(Array.from(train as number[], Number), unit, fsHz));
    // the paired layout has no place for units without spikes behind the last one with any
    const kept = style === 'paired' ? back.slice(0, loaded.N) : back;
    if (style === 'paired' && back.slice(loaded.N).some(({ length }) => length))
      throw new Difference('N', loaded.N, sd.N);
    expectTrains(loaded.train, kept, 'train');
  }
  expectWithin(loaded.startTime, sd.startTime, 'startTime', half);
  count('round trips', `HDF5 ${style} → loader`);
}

function expectWithin(found: unknown, expected: number, place: string, by: number): void {
  if (!(Math.abs(Number(found) - expected) <= by)) throw new Difference(place, found, expected);
}

interface Counts {
  data: BigInt64Array;
  shape: number[];
}

function checkRaster({ data, shape: [rows, bins] }: Counts, sd: SpikeData, binMs: number): void {
  expectSame(rows, sd.N, 'rows of the raster');
  const enough = bins * binMs >= sd.length - 1e-6 * binMs && (bins - 2) * binMs <= sd.length;
  if (!enough) throw new Difference('bins of the raster', bins, sd.length / binMs);
  for (let u = 0; u < rows; u++) {
    const row = Array.from(data.subarray(u * bins, (u + 1) * bins), Number);
    expectSame(
      row.reduce((sum, n) => sum + n, 0),
      sd.train[u].length,
      `spikes of row ${u} of the raster`,
    );
  }
}

/** Each cell, with what numpy counts in the same trains. */
async function checkBins(
  { data, shape: [, bins] }: Counts,
  sd: SpikeData,
  binMs: number,
  { folder, python }: Pick<Tools, 'folder' | 'python'>,
): Promise<void> {
  const path = join(folder, 'trains.h5');
  const names = { spikeTimesDataset: 'times', spikeTimesIndexDataset: 'index', spikeTimesUnit: 'ms' as const };
  await exportSpikeDataToHdf5(sd, path, { style: 'ragged', ...names });
  const request = { path, binMs, bins, startMs: sd.startTime };
  const counted = await python.ask<Counts>('hdf5s.count_bins', request);
  for (let i = 0; i < counted.data.length; i++) {
    if (BigInt(data[i]) !== counted.data[i])
      throw new Difference(`bin ${i % bins} of row ${Math.floor(i / bins)} of the raster`, data[i], counted.data[i]);
  }
}

function checkFlat(
  { datasets }: Read,
  names: { times: string; index: string },
  trains: readonly (number[] | BigInt64Array)[],
  style: 'ragged' | 'paired',
): void {
  const all = trains.flatMap((train) => Array.from(train as number[]));
  expectNumbers(datasets[names.times] as Float64Array, all, 'times in h5py');
  let end = 0;
  const index =
    style === 'ragged'
      ? trains.map(({ length }) => (end += length))
      : trains.flatMap(({ length }, unit) => Array<number>(length).fill(unit));
  expectNumbers(datasets[names.index] as BigInt64Array, index, 'index in h5py');
}

export const hdf5Exports = [exported];
