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
  /** Where they lie in the .tev. */
  offsets: Growing;
  /** How many come before the first one that is not whole there. */
  whole: number;
  /** The first one that is not of the same time and length as that of the channel before; Infinity where all are. */
  differs: number;
}

export interface Store {
  name: string;
  fsHz: number;
  /** As `formats` names them. */
  format: number;
  /** The samples lie in .sev files. */
  separate: boolean;
  channels: Map<number, ChannelPieces>;
  /** Of the pieces of each channel, s since 1970: hours of many channels are millions of pieces, so they are kept once. */
  times: Growing;
  samples: Growing;
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

/** @param tevBytes of the file that the pieces lie in. @throws FormatError */
export function readTsq(path: string, tevBytes: number, signal: AbortSignal | undefined): Promise<Tsq> {
  return withPartFile(path, async (file) => {
    const stores = new Map<string, Store>();
    let start = Number.NaN;
    const slices = new Slices(signal);
    const rows = Math.floor(file.size / rowBytes);
    const into = Buffer.allocUnsafeSlow(pieceRows * rowBytes);
    const known = new Map<number, Store>();
    // row 0 tells of the file itself
    for (let from = 1; from < rows; from += pieceRows) {
      const bytes = await file.read(from * rowBytes, Math.min(rows, from + pieceRows) * rowBytes, into);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at + rowBytes <= bytes.length; at += rowBytes) {
        const type = view.getInt32(at + 4, true);
        // by the four bytes of its name: hours of many channels are millions of rows
        const code = view.getUint32(at + 8, true);
        if (type === markType && code === 1) start = view.getFloat64(at + 16, true);
        if ((type & 0xff0f & ~separateBit) !== streamType) continue;
        let store = known.get(code);
        if (!store || !isRowOf(store, view, at)) {
          store = storeOf(bytes.subarray(at, at + rowBytes), stores, path);
          known.set(code, store);
        }
        addPiece(store, view, at, { path, tevBytes });
      }
      await slices.turn();
    }
    return { stores, start };
  });
}

/** Of the same format and rate, whole. */
function isRowOf({ format, fsHz }: Store, view: DataView, at: number): boolean {
  const same = view.getInt32(at + 32, true) === format && view.getFloat32(at + 36, true) === fsHz;
  return same && view.getInt32(at, true) >= headWords;
}

/** The store that a row names: a new one where it is the first of that name. */
function storeOf(row: Buffer, stores: Map<string, Store>, path: string): Store {
  const [words, type, name] = [row.readInt32LE(0), row.readInt32LE(4), textOf(row.subarray(8, 12))];
  const [format, fsHz] = [row.readInt32LE(32), row.readFloatLE(36)];
  if (!formats[format] || words < headWords) {
    const message = `${path} must list pieces of samples of a known format (0 to 5), found ${format} with ${words} words in ${name}`;
    throw new FormatError(message, { path, location: name });
  }
  const separate = (type & separateBit) !== 0;
  const growing = () => new Growing(mostPieces, path);
  const pieces = { channels: new Map(), times: growing(), samples: growing() };
  const store = stores.get(name) ?? { name, fsHz, format, separate, ...pieces };
  if (store.format !== format || store.fsHz !== fsHz) {
    const message = `${path} must give the store ${name} one format and rate, found ${format} at ${fsHz} Hz after ${store.format} at ${store.fsHz} Hz`;
    throw new FormatError(message, { path, location: name });
  }
  stores.set(name, store);
  return store;
}

function addPiece(store: Store, view: DataView, at: number, { path, tevBytes }: { path: string; tevBytes: number }) {
  const { channels, times, samples, format, fsHz } = store;
  const channel = view.getUint16(at + 12, true);
  let pieces = channels.get(channel);
  if (!pieces) {
    pieces = { offsets: new Growing(mostPieces, path), whole: 0, differs: Number.POSITIVE_INFINITY };
    channels.set(channel, pieces);
  }
  const time = view.getFloat64(at + 16, true);
  const offset = view.getUint32(at + 24, true) + view.getInt32(at + 28, true) * 2 ** 32;
  const { size } = formats[format];
  const count = Math.floor(((view.getInt32(at, true) - headWords) * 4) / size);
  const p = pieces.offsets.length;
  if (p === times.length) {
    times.push(time);
    samples.push(count);
  } else if (samples.at(p) !== count || !(Math.abs(times.at(p) - time) <= 0.5 / fsHz)) {
    pieces.differs = Math.min(pieces.differs, p);
  }
  pieces.offsets.push(offset);
  if (pieces.whole === p && offset >= 0 && offset + count * size <= tevBytes) pieces.whole++;
}
