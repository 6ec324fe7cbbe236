/**
 * Mutations of HDF5 files that know the format: they hit the fields of its structures (counts, lengths, addresses, versions)
 * instead of sample data, and make the checksums right again, so that readers get past them.
 *
 *     const file = new Hdf5Mutator(bytes);
 *     const damaged = file.mutate(seed); // the same bytes for the same seed, always
 *
 * Structures are found by their signatures, ends of those with a checksum by the first place where it holds.
 */

/** Bob Jenkins' lookup3, as HDF5 uses it for its metadata (initial value 0). */
export function lookup3(bytes: Uint8Array, from: number, to: number): number {
  let left = to - from;
  let at = from;
  let a = (0xdeadbeef + left) | 0;
  let [b, c] = [a, a];
  const rotl = (x: number, n: number) => (x << n) | (x >>> (32 - n));
  const word = (p: number, have: number) => {
    let value = 0;
    for (let i = 0; i < Math.min(4, have); i++) value |= bytes[p + i] << (8 * i);
    return value;
  };
  while (left > 12) {
    a = (a + word(at, 4)) | 0;
    b = (b + word(at + 4, 4)) | 0;
    c = (c + word(at + 8, 4)) | 0;
    a = ((a - c) | 0) ^ rotl(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotl(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotl(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotl(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotl(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotl(b, 4);
    b = (b + a) | 0;
    at += 12;
    left -= 12;
  }
  if (left === 0) return c >>> 0;
  a = (a + word(at, left)) | 0;
  b = (b + word(at + 4, left - 4)) | 0;
  c = (c + word(at + 8, left - 8)) | 0;
  c = ((c ^ b) - rotl(b, 14)) | 0;
  a = ((a ^ c) - rotl(c, 11)) | 0;
  b = ((b ^ a) - rotl(a, 25)) | 0;
  c = ((c ^ b) - rotl(b, 16)) | 0;
  a = ((a ^ c) - rotl(c, 4)) | 0;
  b = ((b ^ a) - rotl(a, 14)) | 0;
  c = ((c ^ b) - rotl(b, 24)) | 0;
  return c >>> 0;
}

type Below = (limit: number) => number;

/** Whole numbers below `limit`, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): Below {
  let state = seed >>> 0;
  return (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
}

const withChecksum = 'OHDR OCHK BTHD BTIN BTLF FRHP FHDB FHIB FAHD FADB EAHD EAIB EASB EADB FSHD SMTB SMLI'.split(' ');
const without = ['TREE', 'SNOD', 'HEAP', 'GCOL'];
const mostBytes = 6000;
const interesting = [
  0n,
  1n,
  2n,
  7n,
  0x7fn,
  0x80n,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  1n << 40n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];

export interface Structure {
  readonly name: string;
  readonly from: number;
  /** The byte after the last that counts. */
  readonly to: number;
  /** Whether a checksum follows. */
  readonly summed: boolean;
}

export class Hdf5Mutator {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #structures: readonly Structure[];

  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
    this.#structures = findStructures(this.#bytes);
  }

  get structures(): readonly Structure[] {
    return this.#structures;
  }

  /** The bytes with the checksums of these structures made right again. */
  static sealed(bytes: Uint8Array, structures: readonly Structure[]): Uint8Array {
    const out = Uint8Array.from(bytes);
    for (const hit of structures) if (hit.summed) sum(out, hit);
    return out;
  }

  /** A damaged copy. */
  mutate(seed: number): Uint8Array {
    const below = randomNumbers(seed);
    let out = Uint8Array.from(this.#bytes);
    const times = 1 + below(4);
    for (let i = 0; i < times; i++) {
      const hit = this.#structures[below(this.#structures.length)];
      change(out, hit, this.#structures, below);
      // one in eight keeps a wrong checksum: the check itself is code too
      if (hit.summed && below(8) > 0) sum(out, hit);
    }
    if (below(40) === 0) out = out.slice(0, 1 + below(out.length));
    return out;
  }
}

function findStructures(bytes: Uint8Array<ArrayBuffer>): Structure[] {
  const starts = [{ name: 'superblock', from: 0 }];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const name = String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
    if (withChecksum.includes(name) || without.includes(name)) starts.push({ name, from: at });
  }
  const out = starts.map(({ name, from }, i) => {
    const next = starts[i + 1]?.from ?? bytes.length;
    const most = Math.min(bytes.length - 4, from + mostBytes);
    if (withChecksum.includes(name) || (name === 'superblock' && bytes[8] >= 2)) {
      for (let to = from + 8; to <= most; to++) {
        const stored = new DataView(bytes.buffer).getUint32(to, true);
        if (stored !== 0 && lookup3(bytes, from, to) === stored) return { name, from, to, summed: true };
      }
    }
    return { name, from, to: Math.min(next, from + 600), summed: false };
  });
  return [...out, ...oldHeaders(bytes)];
}

/** Object headers of version 1 have no signature: a 1, a 0, and lengths that fit. */
function oldHeaders(bytes: Uint8Array<ArrayBuffer>): Structure[] {
  const view = new DataView(bytes.buffer);
  const out: Structure[] = [];
  for (let at = 0; at + 24 <= bytes.length; at += 8) {
    const size = view.getUint32(at + 8, true);
    const messages = view.getUint16(at + 2, true);
    const plausible =
      bytes[at] === 1 && bytes[at + 1] === 0 && messages > 0 && messages < 64 && view.getUint32(at + 4, true) === 1;
    if (plausible && size >= 8 && size < 4096 && at + 16 + size <= bytes.length) {
      out.push({ name: 'header 1', from: at, to: at + 16 + size, summed: false });
    }
  }
  return out;
}

function change(out: Uint8Array, hit: Structure, all: readonly Structure[], below: Below): void {
  const length = Math.max(1, hit.to - hit.from);
  // fields crowd at the beginning
  const place = hit.from + (below(2) === 0 ? below(Math.min(length, 64)) : below(length));
  const width = [1, 1, 2, 4, 8][below(5)];
  const end = Math.min(out.length, place + width);
  const put = (value: bigint) => {
    for (let i = place; i < end; i++) out[i] = Number((value >> BigInt(8 * (i - place))) & 0xffn);
  };
  let old = 0n;
  for (let i = end; i-- > place; ) old = (old << 8n) | BigInt(out[i]);
  switch (below(7)) {
    case 0:
      out[place] ^= 1 << below(8);
      break;
    case 1:
      put(interesting[below(interesting.length)]);
      break;
    case 2:
      put(BigInt.asUintN(64, old + BigInt(below(17) - 8)));
      break;
    case 3: // an address of something else
      put(BigInt(all[below(all.length)].from));
      break;
    case 4:
      put(BigInt(below(0x100000000)) << BigInt(below(33)));
      break;
    case 5: // the same kind of bytes from elsewhere
      out.copyWithin(place, all[below(all.length)].from + below(64), all[below(all.length)].from + 64);
      break;
    default:
      put(BigInt(out.length - below(64)));
  }
}

function sum(out: Uint8Array, { from, to }: Structure): void {
  if (to + 4 <= out.length) new DataView(out.buffer, out.byteOffset).setUint32(to, lookup3(out, from, to), true);
}
