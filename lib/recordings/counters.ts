/** Counters that lie among the samples: where they jump, samples are missing. */
import type { PartFile } from '../io/part-file.js';
import { readHeads, readPlaces } from '../io/record-heads.js';
import type { GapFinder } from './gaps.js';

/** Where they lie in an open file: in records, one or several side by side. */
export interface Counters {
  readonly file: PartFile;
  /** Of the first record, in bytes. */
  readonly start: number;
  /** From a record to the next, in bytes. */
  readonly stride: number;
  /** Counters of a record, `bytes` apart. Default: 1. */
  readonly perRecord?: number;
  /** Of a counter, with what else of its record is looked at. */
  readonly bytes: number;
  /** How many there are: one a sample, or one a packet. */
  readonly count: number;
  /** Counter `index`, whose bytes begin at `at`; less the first of all where 64 bits would lose something. @throws FormatError */
  value(bytes: Buffer, at: number, index: number): number;
}

/** So many are read one by one. */
const readWhole = 2 ** 18;
/** Of more, so many spread places are looked at, and only between those that do not fit each other the ones between. */
const places = 2 ** 10;
/** Read at once, where they take no more than so many bytes. */
const mostAtOnce = 2 ** 14;
const pieceBytes = 2 ** 22;
const leaf = 2 ** 7;

/**
 * Tells the finder of each step between neighbours that is not `step`, to within half of one. Among more than 2^18 counters jumps that
 * take each other back between two of 2^10 places are not seen; samples that were lost never come back.
 *
 * @param samples of the recording before counter 0
 */
export async function findJumps(
  counters: Counters,
  step: number,
  finder: GapFinder,
  { samples = 0, signal }: { samples?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const { count } = counters;
  const piece = atOnce(counters);
  const check = async (from: number, to: number) => {
    for (let at = from; at < to; at += piece) {
      const values = await readCounters(counters, at, Math.min(count, at + piece + 1), signal);
      for (let i = 1; i < values.length && at + i <= to; i++) {
        const extra = values[i] - values[i - 1] - step;
        if (!(Math.abs(extra) <= step / 2)) finder.addGap(samples + at + i, extra);
      }
    }
  };
  if (count <= readWhole) return check(0, count - 1);
  for (const [from, to] of await unfitting(counters, step, signal)) await check(from, to);
}

interface Stretch {
  from: number;
  first: number;
  to: number;
  last: number;
}

/** Where counters do not rise as they should, in their order. */
async function unfitting(
  counters: Counters,
  step: number,
  signal?: AbortSignal,
): Promise<[from: number, to: number][]> {
  const unfit = ({ from, first, to, last }: Stretch) => !(Math.abs(last - first - (to - from) * step) <= step / 2);
  const spread = Float64Array.from({ length: places + 1 }, (_, p) => Math.floor(((counters.count - 1) * p) / places));
  const values = await countersAt(counters, spread, signal);
  let open: Stretch[] = [];
  for (let p = 0; p < places; p++) {
    open.push({ from: spread[p], first: values[p], to: spread[p + 1], last: values[p + 1] });
  }
  const short: Stretch[] = [];
  for (open = open.filter(unfit); open.length; ) {
    const long = open.filter(({ from, to }) => to - from > leaf);
    for (const stretch of open) if (stretch.to - stretch.from <= leaf) short.push(stretch);
    // all middles are read at once
    const middles = Float64Array.from(long, ({ from, to }) => Math.floor((from + to) / 2));
    const between = await countersAt(counters, middles, signal);
    open = long
      .flatMap(({ from, first, to, last }, s) => [
        { from, first, to: middles[s], last: between[s] },
        { from: middles[s], first: between[s], to, last },
      ])
      .filter(unfit);
  }
  const found: [number, number][] = [];
  for (const { from, to } of short.sort((a, b) => a.from - b.from)) {
    const before = found.at(-1);
    if (before?.[1] === from) before[1] = to;
    else found.push([from, to]);
  }
  return found;
}

const atOnce = ({ bytes }: Counters) => Math.max(1, Math.min(mostAtOnce, Math.floor(pieceBytes / bytes)));

async function readCounters(counters: Counters, from: number, to: number, signal?: AbortSignal): Promise<Float64Array> {
  const { file, start, stride, bytes, perRecord = 1 } = counters;
  const first = Math.floor(from / perRecord);
  const heads = { start, stride, bytes: bytes * perRecord };
  const found = await readHeads(file, heads, first, Math.ceil(to / perRecord), signal);
  const skipped = from - first * perRecord;
  return Float64Array.from({ length: to - from }, (_, i) => counters.value(found, (skipped + i) * bytes, from + i));
}

/** Those at these places among them. */
export async function countersAt(
  counters: Counters,
  indices: Float64Array,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const { file, start, stride, bytes, perRecord = 1 } = counters;
  const values = new Float64Array(indices.length);
  const most = atOnce(counters);
  for (let from = 0; from < indices.length; from += most) {
    const some = indices.subarray(from, from + most);
    const places = some.map((index) => start + Math.floor(index / perRecord) * stride + (index % perRecord) * bytes);
    const found = await readPlaces(file, places, bytes, signal);
    some.forEach((index, i) => {
      values[from + i] = counters.value(found, i * bytes, index);
    });
  }
  return values;
}
