/** Spike times in a CSV: one row a spike, one column for the time, one for the unit. */
import { createReadStream } from 'node:fs';
import { oneOf, positive, text } from '../../core/checks.js';
import { FormatError, LimitError, NotFoundError, OptionError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { knownOptions, type OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source, type TimeUnit, timeUnits } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { inNaturalOrder } from '../../loading/natural-order.js';
import { sourceName } from '../../loading/source-name.js';
import { extentOf, lengthOption, resolveSpan } from '../../loading/span.js';
import { groupSpikes } from '../../loading/trains.js';
import { type SpikeData, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { dialect, readHeader } from './header.js';

export interface CsvOptions extends LoadOptions {
  /** Name of the column of times. Default: the first of time_ms, time_s, sample, time. */
  timeColumn?: string;
  /** Name of the column of units. Default: the first of unit_id, unit, cluster_id, cluster. */
  unitColumn?: string;
  /** What the times are. Default: what the column's name ends in (_ms, _s, sample); for others it must be given. */
  timeUnit?: TimeUnit;
  /** Samples per second; needed for samples. */
  fsHz?: number;
  /** Duration in ms. Default: up to the last spike. */
  lengthMs?: number;
}

export const csvOptionNames: OptionNames<Omit<CsvOptions, keyof LoadOptions>> = {
  timeColumn: true,
  unitColumn: true,
  timeUnit: true,
  fsHz: true,
  lengthMs: true,
};

const loader = { name: 'loadSpikeDataFromCsv', format: 'csv' };
export const timeColumns = ['time_ms', 'time_s', 'sample', 'time'];
export const unitColumns = ['unit_id', 'unit', 'cluster_id', 'cluster'];

/**
 * Loads a CSV with a header and one row a spike, in any order, its cells separated by commas, semicolons or tabs: by the one of
 * them under which the header has the two columns. Units are sorted as people count; units without spikes cannot be in such a file. Spikes before 0 set `startTime`.
 *
 * @throws OptionError, NotFoundError (no such column), FormatError (a time that is no number, with its row), LimitError
 */
export async function loadSpikeDataFromCsv(source: Source, options: CsvOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...csvOptionNames, ...loadOptionNames }, loader.name);
  return runLoader(loader, [source], options, (context) => load(source, options, context));
}

async function load(source: Source, options: CsvOptions, context: SourceContext): Promise<SpikeData> {
  const lengthMs = lengthOption(options.lengthMs);
  if (options.timeColumn !== undefined) text(options.timeColumn, 'timeColumn');
  if (options.unitColumn !== undefined) text(options.unitColumn, 'unitColumn');
  if (options.fsHz !== undefined) positive(options.fsHz, 'fsHz');
  const path = await context.localFile(source);
  const { times, units, names, timeUnit } = await readRows(path, options, context);
  if (timeUnit === 'samples' && options.fsHz === undefined) {
    throw new OptionError('fsHz', 'the samples per second, since times are in samples', options.fsHz);
  }
  const ordered = inOrder(names);
  const rank = new Map(ordered.map((name, row) => [name, row]));
  const trainOf = Int32Array.from(names, (name) => rank.get(name) as number);
  const trains = await groupSpikes(
    context,
    { path, times: 'the times', units: 'the units' },
    { units, times, count: ordered.length, trainOf, scale: scaleOf(timeUnit, options.fsHz) },
  );
  const startTime = Math.min(0, extentOf(trains)?.first ?? 0);
  const length = resolveSpan(trains, {
    lengthMs,
    fileLengthMs: undefined,
    startMs: startTime,
    beyondLast: false,
    path,
  });
  return spikeDataFromFlat(trains, {
    startTime,
    length,
    neuronAttributes: ordered.map((name) => ({ unit_id: unitId(name) })),
    metadata: {
      source_file: sourceName(source),
      source_format: 'csv',
      ...(options.fsHz ? { fs_Hz: options.fsHz } : {}),
    },
  });
}

/** As people count; numbers below zero too. */
function inOrder(names: readonly string[]): string[] {
  const isNumbered = names.every((name) => typeof unitId(name) === 'number');
  return isNumbered ? [...names].sort((a, b) => Number(a) - Number(b)) : inNaturalOrder(names);
}

const unitId = (name: string): number | string => (/^(0|-?[1-9][0-9]{0,14})$/.test(name) ? Number(name) : name);

function scaleOf(unit: TimeUnit, fsHz: number | undefined) {
  if (unit === 'samples') return { multiply: 1000, divide: fsHz };
  return unit === 's' ? { multiply: 1000 } : {};
}

/** Parsed between two turns of the event loop: a millisecond of work. */
const bytesAtOnce = 2 ** 14;

interface Rows {
  times: Float64Array;
  /** Index into `names` of each spike. */
  units: Int32Array;
  names: string[];
  timeUnit: TimeUnit;
}

async function readRows(path: string, options: CsvOptions, context: SourceContext): Promise<Rows> {
  const { limits, signal } = context;
  const { timeColumn, unitColumn } = options;
  const { delimiter } = await readHeader(path, (columns) => isTable(columns, timeColumn, unitColumn));
  const { parse, CsvError } = await import('csv-parse');
  const input = createReadStream(path, { signal, highWaterMark: bytesAtOnce });
  const parser = input.pipe(parse({ ...dialect, delimiter }));
  input.on('error', (error) => parser.destroy(error));
  const names = new Map<string, number>();
  const times = new Growing(limits.maxSpikes, path);
  const units = new Growing(limits.maxSpikes, path, Int32Array);
  let columns: Columns | undefined;
  try {
    for await (const row of parser as AsyncIterable<string[]>) {
      if (row.some((cell) => cell.includes('\ufffd'))) throw noUtf8(columns ? times.length + 1 : 0, path);
      if (!columns) {
        columns = columnsOf(row, options, path);
        continue;
      }
      const number = times.length + 1;
      if (number > limits.maxSpikes) throw new LimitError('maxSpikes', limits.maxSpikes, number, path);
      const cell = row[columns.time];
      const time = Number(cell);
      // Number reads 0x10 too, which no writer of tables means
      if (!/^[-+.\d]/.test(cell) || /[xob]/i.test(cell) || !Number.isFinite(time)) throw noNumber(cell, number, path);
      const name = row[columns.unit];
      if (name === '') throw noUnit(number, path);
      const unit = names.get(name) ?? names.size;
      if (unit === names.size) names.set(name, unit);
      if (names.size > limits.maxUnits) throw new LimitError('maxUnits', limits.maxUnits, names.size, path);
      times.push(time);
      units.push(unit);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof CsvError ? asFormatError(error, path) : error;
  }
  if (!columns) throw new FormatError(`A CSV with a header was expected, found an empty file at ${path}`, { path });
  return {
    times: await times.joined(signal),
    units: await units.joined(signal),
    names: [...names.keys()],
    timeUnit: columns.timeUnit,
  };
}

/** Whether a header has a column of times and one of units, by the names that are usual or given. */
export function isTable(columns: readonly string[], timeColumn?: string, unitColumn?: string): boolean {
  const has = (given: string | undefined, usual: readonly string[]) =>
    given === undefined ? usual.some((name) => columns.includes(name)) : columns.includes(given);
  return has(timeColumn, timeColumns) && has(unitColumn, unitColumns);
}

interface Columns {
  time: number;
  unit: number;
  timeUnit: TimeUnit;
}

function columnsOf(header: string[], options: CsvOptions, path: string): Columns {
  const find = (name: string | undefined, usual: string[], option: string): number => {
    const wanted = name === undefined ? usual : [name];
    const found = wanted.map((each) => header.indexOf(each)).find((at) => at >= 0);
    if (found !== undefined && header.lastIndexOf(header[found]) === found) return found;
    if (found !== undefined) throw twice(header[found], path);
    const message = `${option}: a column ${wanted.join(' or ')} was expected in ${path}, found ${header.join(', ')}`;
    throw new NotFoundError(message, { path, available: header });
  };
  const time = find(options.timeColumn, timeColumns, 'timeColumn');
  const unit = find(options.unitColumn, unitColumns, 'unitColumn');
  return { time, unit, timeUnit: timeUnitOf(header[time], options.timeUnit) };
}

function timeUnitOf(column: string, given: TimeUnit | undefined): TimeUnit {
  if (given !== undefined) return oneOf(given, 'timeUnit', timeUnits);
  if (/_ms$/.test(column)) return 'ms';
  if (/_s$|_sec$|_seconds$/.test(column)) return 's';
  if (/^samples?$|_samples?$/.test(column)) return 'samples';
  throw new OptionError('timeUnit', `given, since the name of the column ${column} does not say it`, given);
}

/** Names in another coding would lose what tells them apart. */
function noUtf8(row: number, path: string): FormatError {
  const place = row ? `row ${row} below the header` : 'the header';
  return new FormatError(`Text in UTF-8 was expected in ${place} of ${path}, found other bytes`, { path });
}

function noNumber(cell: string, row: number, path: string): FormatError {
  const message = `A time was expected in row ${row} below the header of ${path}, found ${JSON.stringify(cell.slice(0, 40))}`;
  return new FormatError(message, { path, location: `row ${row}` });
}

function noUnit(row: number, path: string): FormatError {
  const message = `A unit was expected in row ${row} below the header of ${path}, found a blank cell`;
  return new FormatError(message, { path, location: `row ${row}` });
}

function twice(column: string, path: string): FormatError {
  return new FormatError(`One column ${column} was expected in ${path}, found several`, { path, location: column });
}

/** What csv-parse says of rows of different lengths, open quotes and the like. */
function asFormatError(error: Error, path: string): FormatError {
  return new FormatError(
    `${path} is no CSV with one row a spike: ${error.message.slice(0, 300)}`,
    { path },
    { cause: error },
  );
}
