/** channel_map.npy and channel_positions.npy: row i of both describes the i-th channel that was used for sorting. */

import { type NpyArray, NpyFile } from '../../containers/npy/file.js';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import type { SourceContext, SourceFolder } from '../../io/context.js';

export interface ChannelTables {
  /** Channel number in the raw data, of each row. */
  map?: Float64Array;
  /** Coordinates of each row. */
  positions?: { rows: number; dimensions: number; data: NumericArray };
}

/**
 * Reads an array that a folder may lack. One that is damaged costs a finding, as folders are often shared with parts of
 * them cut; one that is sound and holds no numbers is refused.
 */
export async function optionalNpy(
  folder: SourceFolder,
  file: string,
  context: SourceContext,
  option?: string,
): Promise<NpyArray | undefined> {
  if (!option && !(await folder.has(file))) return undefined;
  const { signal, limits, report } = context;
  const passOver = (reason: string) => report.warning('array-unreadable', `${file} was passed over: ${reason}`);
  let npy: NpyFile;
  try {
    npy = await NpyFile.open(await folder.file(file, option));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    passOver(error.message);
    return undefined;
  }
  try {
    if (npy.header.type.kind === 'object') {
      passOver('it holds Python objects (a pickle), which are not read here');
      return undefined;
    }
    const array = await npy.readAll({ signal, maxArrayBytes: limits.maxArrayBytes });
    report.bytesRead += array.data.byteLength;
    return array;
  } finally {
    await npy.close();
  }
}

/** @throws FormatError where the arrays are readable but hold no channel numbers or coordinates */
export async function readChannelTables(
  folder: SourceFolder,
  files: { map: string; positions: string; mapOption?: string; positionsOption?: string },
  context: SourceContext,
): Promise<ChannelTables> {
  const mapArray = await optionalNpy(folder, files.map, context, files.mapOption);
  const map = mapArray && channelNumbers(mapArray, files.map);
  const array = await optionalNpy(folder, files.positions, context, files.positionsOption);
  const positions = array && coordinates(array, files.positions);
  if (map && positions && map.length !== positions.rows) {
    const message = `${files.map} has ${map.length} rows and ${files.positions} has ${positions.rows}: they should describe the same channels`;
    context.report.warning('channel-rows-differ', message, Math.abs(map.length - positions.rows));
  }
  return { map, positions };
}

function channelNumbers({ data, shape }: NpyArray, file: string): Float64Array {
  if (shape.filter((n) => n !== 1).length > 1) {
    throw new FormatError(`${file} must hold one channel a row, found an array of shape (${shape.join(', ')})`, {
      path: file,
    });
  }
  const out = Float64Array.from(data as Float64Array, Number);
  const bad = out.findIndex((n) => !Number.isSafeInteger(n) || n < 0);
  if (bad >= 0) {
    throw new FormatError(`Channel numbers from 0 were expected in ${file}, found ${out[bad]} in row ${bad}`, {
      path: file,
    });
  }
  return out;
}

function coordinates({ data, shape }: NpyArray, file: string): ChannelTables['positions'] {
  if (shape.length !== 2) {
    const found = `an array of shape (${shape.join(', ')})`;
    throw new FormatError(`${file} must hold coordinates of shape (channels, 2 or 3), found ${found}`, { path: file });
  }
  return { rows: shape[0], dimensions: shape[1], data };
}

/** Coordinates of the channel of a row; undefined where they are missing or not finite. */
export function locationOf(channelRow: number, { map, positions }: ChannelTables): number[] | undefined {
  if (!positions) return undefined;
  const { rows, dimensions, data } = positions;
  // more places than sorted channels, and one for each channel number: then they are those of all raw channels
  const byChannel = map && map.length < rows && map.every((channel) => channel < rows);
  const row = byChannel ? map[channelRow] : channelRow;
  if (!(row < rows)) return undefined;
  const location = Array.from({ length: dimensions }, (_, d) => Number(data[row * dimensions + d]));
  return location.every(Number.isFinite) ? location : undefined;
}
