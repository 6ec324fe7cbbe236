/** Records of a .ncs file: 512 samples each, of which as many are valid as it says, with the time of the first in µs. */
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { Slices } from '../../core/slices.js';
import { withPartFile } from '../../io/part-file.js';
import { readHeads } from '../../io/record-heads.js';
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
  /** Bytes behind them. */
  rest: number;
}

/** @throws FormatError */
export function readNcsHeader(path: string): Promise<NcsFile> {
  return withPartFile(path, async ({ read, size }) => {
    const header = parseHeader(await read(0, headerBytes), path, size);
    recordBytesIn(header, recordBytes);
    const rest = (size - headerBytes) % recordBytes;
    const records = Math.floor((size - headerBytes) / recordBytes);
    return { path, header, fsHz: rateIn(header), gain: gainIn(header), records, rest };
  });
}

export function reportRest({ path, rest }: NcsFile, report: Pick<ReportBuilder, 'warning'>): void {
  if (rest) report.warning('frame-cut', `${path} ends within a record: its last ${rest} bytes are left out`, rest);
}

export interface NcsRecords {
  /** µs, of the first sample of each record that has any. */
  times: Float64Array;
  /** Valid samples of each. */
  valid: Uint16Array;
  byteOffsets: Float64Array;
  count: number;
}

/** Read at once: their heads are looked through in a millisecond. */
const pieceRecords = 2 ** 16;

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
    const heads = { start: headerBytes, stride: recordBytes, bytes: samplesAt };
    for (let from = 0; from < records; from += pieceRecords) {
      const to = Math.min(records, from + pieceRecords);
      addRecords(found, await readHeads(file, heads, from, to, signal), from, path);
      await slices.turn();
    }
    return found;
  });
}

function addRecords(found: NcsRecords, heads: Buffer, from: number, path: string): void {
  for (let at = 0, r = from; at < heads.length; at += samplesAt, r++) {
    const valid = heads.readUInt32LE(at + 16);
    if (valid > recordSamples) {
      const message = `${path} must have at most ${recordSamples} valid samples in record ${r}, found ${valid}`;
      throw new FormatError(message, { path, location: `record ${r}` });
    }
    if (valid === 0) continue;
    found.times[found.count] = heads.readUInt32LE(at) + heads.readUInt32LE(at + 4) * 2 ** 32;
    found.valid[found.count] = valid;
    found.byteOffsets[found.count++] = headerBytes + r * recordBytes;
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
