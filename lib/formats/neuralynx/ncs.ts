/** Records of a .ncs file: 512 samples each, of which as many are valid as it says, with the time of the first in µs. */
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { Slices } from '../../core/slices.js';
import { type PartFile, withPartFile } from '../../io/part-file.js';
import { gainIn, headerBytes, type NeuralynxHeader, parseHeader, rateIn, recordBytesIn } from './header.js';

export const recordSamples = 512;
export const recordBytes = 1044;
/** Time, channel, rate and number of valid samples come before the samples. */
export const samplesAt = 20;

export interface NcsFile {
  path: string;
  header: NeuralynxHeader;
  fsHz: number;
  gain: number;
  /** Whole ones. */
  records: number;
}

/** @throws FormatError */
export function readNcsHeader(path: string, report?: Pick<ReportBuilder, 'warning'>): Promise<NcsFile> {
  return withPartFile(path, async ({ read, size }) => {
    const header = parseHeader(await read(0, headerBytes), path, size);
    recordBytesIn(header, recordBytes);
    const rest = (size - headerBytes) % recordBytes;
    if (rest) report?.warning('frame-cut', `${path} ends within a record: its last ${rest} bytes are left out`, rest);
    const records = Math.floor((size - headerBytes) / recordBytes);
    return { path, header, fsHz: rateIn(header), gain: gainIn(header), records };
  });
}

export interface NcsRecords {
  /** µs, of the first sample of each record that has any. */
  times: Float64Array;
  /** Valid samples of each. */
  valid: Uint16Array;
  byteOffsets: Float64Array;
  count: number;
}

const pieceRecords = 2 ** 9;

/** Time and valid samples of every record: only that says that all of them are full. @throws FormatError */
export function scanRecords(ncs: NcsFile, signal: AbortSignal | undefined): Promise<NcsRecords> {
  return withPartFile(ncs.path, async (file) => {
    const { records, path } = ncs;
    const found = {
      times: new Float64Array(records),
      valid: new Uint16Array(records),
      byteOffsets: new Float64Array(records),
      count: 0,
    };
    const slices = new Slices(signal);
    const into = Buffer.allocUnsafe(Math.min(records, pieceRecords) * recordBytes);
    for (let from = 0; from < records; from += pieceRecords) {
      await readPiece(file, from, Math.min(records, from + pieceRecords), { found, path, into });
      await slices.turn();
    }
    return found;
  });
}

async function readPiece(
  file: PartFile,
  from: number,
  to: number,
  { found, path, into }: { found: NcsRecords; path: string; into: Buffer },
): Promise<void> {
  const start = headerBytes + from * recordBytes;
  const bytes = await file.read(start, headerBytes + to * recordBytes, into);
  for (let r = 0; r < to - from; r++) {
    const at = r * recordBytes;
    const valid = bytes.readUInt32LE(at + 16);
    if (valid > recordSamples) {
      const message = `${path} must have at most ${recordSamples} valid samples in record ${from + r}, found ${valid}`;
      throw new FormatError(message, { path, location: `record ${from + r}` });
    }
    if (valid === 0) continue;
    found.times[found.count] = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    found.valid[found.count] = valid;
    found.byteOffsets[found.count++] = start + at;
  }
}

/** Stretches of records that follow each other in the file, of which all but the last are full. */
export function runsOf({ valid, byteOffsets, count }: NcsRecords) {
  const starts: number[] = [];
  const samples: number[] = [];
  for (let r = 0; r < count; r++) {
    const follows = r > 0 && valid[r - 1] === recordSamples && byteOffsets[r] - byteOffsets[r - 1] === recordBytes;
    if (follows) samples[samples.length - 1] += valid[r];
    else {
      starts.push(byteOffsets[r]);
      samples.push(valid[r]);
    }
  }
  return { byteOffsets: Float64Array.from(starts), samples: Float64Array.from(samples) };
}
