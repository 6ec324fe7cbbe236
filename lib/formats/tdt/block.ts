/** The files of a TDT block, and what its .tsq lists: pieces of samples of each channel of each store, with their times. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { FormatError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { Slices } from '../../core/slices.js';
import type { SourceContext } from '../../io/context.js';
import { textOf } from '../../io/fields.js';
import { memberPath } from '../../io/members.js';
import { withPartFile } from '../../io/part-file.js';

export interface BlockFiles {
  folder: string;
  tsq: string | null;
  tev: string | null;
  sev: readonly string[];
}

/** @throws FormatError where the folder holds several blocks */
export async function blockFiles(folder: string, context: Pick<SourceContext, 'followLinks'>): Promise<BlockFiles> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const ending = (extension: string) => names.filter((name) => extname(name).toLowerCase() === extension);
  const one = async (extension: string) => {
    const found = ending(extension);
    if (found.length > 1) {
      throw new FormatError(
        `${folder} must be the folder of one block of TDT, found ${found.slice(0, 10).join(', ')}`,
        {
          path: folder,
        },
      );
    }
    return found.length ? memberPath(folder, join(folder, found[0]), context) : null;
  };
  const sev: string[] = [];
  for (const name of ending('.sev')) sev.push(await memberPath(folder, join(folder, name), context));
  return { folder, tsq: await one('.tsq'), tev: await one('.tev'), sev };
}

/** Pieces of one channel, in the order of the list. */
export interface ChannelPieces {
  /** s since 1970. */
  times: Growing;
  offsets: Growing;
  samples: Growing;
}

export interface Store {
  name: string;
  fsHz: number;
  /** As `formats` names them. */
  format: number;
  /** The samples lie in .sev files. */
  separate: boolean;
  channels: Map<number, ChannelPieces>;
}

export interface Tsq {
  stores: Map<string, Store>;
  /** When the block began, s since 1970; NaN where it does not say. */
  start: number;
}

export const formats: readonly { dtype: string; size: number }[] = [
  { dtype: 'float32', size: 4 },
  { dtype: 'int32', size: 4 },
  { dtype: 'int16', size: 2 },
  { dtype: 'int8', size: 1 },
  { dtype: 'float64', size: 8 },
  { dtype: 'int64', size: 8 },
];

const rowBytes = 40;
const pieceRows = 2 ** 14;
/** Words of a row's own in the size that it says. */
const headWords = 10;
const streamType = 0x8101;
const separateBit = 0x10;
const markType = 0x8801;
/** As many as a layout may have. */
const mostPieces = 2 ** 24;

/** @throws FormatError */
export function readTsq(path: string, signal: AbortSignal | undefined): Promise<Tsq> {
  return withPartFile(path, async (file) => {
    const stores = new Map<string, Store>();
    let start = Number.NaN;
    const slices = new Slices(signal);
    const rows = Math.floor(file.size / rowBytes);
    const into = Buffer.allocUnsafe(pieceRows * rowBytes);
    const known = new Map<number, Store>();
    // row 0 tells of the file itself
    for (let from = 1; from < rows; from += pieceRows) {
      const bytes = await file.read(from * rowBytes, Math.min(rows, from + pieceRows) * rowBytes, into);
      for (let at = 0; at + rowBytes <= bytes.length; at += rowBytes) {
        const type = bytes.readInt32LE(at + 4);
        if (type === markType && bytes.readUInt32LE(at + 8) === 1) start = bytes.readDoubleLE(at + 16);
        if ((type & 0xff0f & ~separateBit) !== streamType) continue;
        // by the four bytes of its name: hours of many channels are millions of rows
        const code = bytes.readUInt32LE(at + 8);
        const store = known.get(code);
        if (store && isRowOf(store, bytes, at)) addPiece(store, bytes, at, path);
        else known.set(code, addRow(bytes.subarray(at, at + rowBytes), stores, path));
      }
      await slices.turn();
    }
    return { stores, start };
  });
}

/** Of the same format and rate, whole. */
function isRowOf({ format, fsHz }: Store, bytes: Buffer, at: number): boolean {
  const same = bytes.readInt32LE(at + 32) === format && bytes.readFloatLE(at + 36) === fsHz;
  return same && bytes.readInt32LE(at) >= headWords;
}

/** @returns the store of the row, which is new where it is the first of that name */
function addRow(row: Buffer, stores: Map<string, Store>, path: string): Store {
  const [words, type, name] = [row.readInt32LE(0), row.readInt32LE(4), textOf(row.subarray(8, 12))];
  const [format, fsHz] = [row.readInt32LE(32), row.readFloatLE(36)];
  if (!formats[format] || words < headWords) {
    const message = `${path} must list pieces of samples of a known format (0 to 5), found ${format} with ${words} words in ${name}`;
    throw new FormatError(message, { path, location: name });
  }
  const store = stores.get(name) ?? { name, fsHz, format, separate: (type & separateBit) !== 0, channels: new Map() };
  if (store.format !== format || store.fsHz !== fsHz) {
    const message = `${path} must give the store ${name} one format and rate, found ${format} at ${fsHz} Hz after ${store.format} at ${store.fsHz} Hz`;
    throw new FormatError(message, { path, location: name });
  }
  stores.set(name, store);
  addPiece(store, row, 0, path);
  return store;
}

function addPiece({ channels, format }: Store, bytes: Buffer, at: number, path: string): void {
  const channel = bytes.readUInt16LE(at + 12);
  let pieces = channels.get(channel);
  if (!pieces) {
    const growing = () => new Growing(mostPieces, path);
    pieces = { times: growing(), offsets: growing(), samples: growing() };
    channels.set(channel, pieces);
  }
  pieces.times.push(bytes.readDoubleLE(at + 16));
  pieces.offsets.push(bytes.readUInt32LE(at + 24) + bytes.readInt32LE(at + 28) * 2 ** 32);
  pieces.samples.push(Math.floor(((bytes.readInt32LE(at) - headWords) * 4) / formats[format].size));
}
