/** What every mutation of a file's bytes is, and the numbers that break readers. */
import type { Random } from '../../prove/random.js';

export interface Mutation {
  readonly name: string;
  /** Whether the bytes are of the format that it knows; the path is that within a folder, or the fixture's name. */
  fits(path: string, bytes: Buffer): boolean;
  /** A damaged copy; the same one for the same numbers. */
  mutate(bytes: Buffer, random: Random): Buffer;
}

/** Where counts wrap, and where sums of two of them do. */
const edges = [
  ...[0n, 1n, 2n, 3n, 7n, 8n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n],
  ...[0x7fffffffn, 0x80000000n, 0xfffffffen, 0xffffffffn, 1n << 32n, (1n << 32n) + 1n, 1n << 40n, (1n << 53n) - 1n],
  ...[1n << 53n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n],
];

/** A value to put in the place of `old`: at an edge, near the old one, or any. */
export function otherInteger(old: bigint, random: Random): bigint {
  if (random.chance(0.5)) return random.pick(edges);
  if (random.chance(0.5)) return old + BigInt(random.int(-8, 8));
  if (random.chance(0.5)) return old * BigInt(random.pick([2, 3, 256, 65536]));
  return BigInt(random.u32()) << BigInt(random.int(0, 32));
}

/** Overwrites a little-endian field of 1 to 8 bytes with another integer. */
export function changeField(bytes: Buffer, at: number, width: number, random: Random): void {
  const end = Math.min(bytes.length, at + width);
  let old = 0n;
  for (let i = end; i-- > at; ) old = (old << 8n) | BigInt(bytes[i]);
  const value = BigInt.asUintN(64, otherInteger(old, random));
  for (let i = at; i < end; i++) bytes[i] = Number((value >> BigInt(8 * (i - at))) & 0xffn);
}

/** `bytes` with [from, to) replaced. */
export const spliced = (bytes: Buffer, from: number, to: number, insert: Uint8Array | string): Buffer =>
  Buffer.concat([bytes.subarray(0, from), Buffer.from(insert as string), bytes.subarray(to)]);

/** Numbers as texts write them, good and bad. */
export const numberTexts = [
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '2',
    '0.5',
    '-1.5',
    '1e3',
    '1e-320',
    '1e308',
    '1e309',
    '-1e309',
    'nan',
    'NaN',
    'inf',
    '-inf',
  ],
  ...['2147483647', '2147483648', '4294967295', '4294967296', '9007199254740993', '9223372036854775807'],
  ...['18446744073709551616', '1'.repeat(400), '007', '0x10', '1_000', '+1', ' 1', '1,5', '', '-', '.', 'e', '١'],
];
