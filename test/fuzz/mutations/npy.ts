/** Headers and values of .npy files. */
import type { Random } from '../../prove/random.js';
import { changeField, type Mutation, numberTexts, otherInteger, spliced } from './mutation.js';

const dtypes = [
  ...[
    "'<f8'",
    "'>f8'",
    "'<f4'",
    "'<f2'",
    "'|u1'",
    "'|i1'",
    "'|b1'",
    "'<i8'",
    "'<u8'",
    "'>u2'",
    "'<c16'",
    "'<U5'",
    "'|S3'",
  ],
  ...[
    "'|O'",
    "'<M8[ns]'",
    "'|V16'",
    "'<U0'",
    "'|S0'",
    "'<f16'",
    "'<i3'",
    "'<U99999999'",
    "'|V99999999999'",
    "''",
    'None',
  ],
  ...[
    "[('a', '<f8')]",
    "[('a', '<f8'), ('a', '<i4')]",
    "[('a', '<i4', (99999, 99999))]",
    "[('a', [('b', '|O')])]",
    '[]',
  ],
];
const shapes = [
  '()',
  '(0,)',
  '(1,)',
  '(-1,)',
  '(3)',
  '(1, 1)',
  '(0, 99999999999)',
  '(4294967296, 4294967296)',
  '[3]',
  '3',
];

/** Where the header's text lies. */
const headerOf = (bytes: Buffer) => {
  const from = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  return { from, to: Math.min(bytes.length, from + length) };
};

/** The file with another text in its header, the length of which is made right again (mostly). */
function withHeader(bytes: Buffer, text: string, random: Random): Buffer {
  const { from, to } = headerOf(bytes);
  const out = spliced(bytes, from, to, Buffer.from(text, 'latin1'));
  const length = random.chance(0.9) ? text.length : random.int(0, 2 * text.length);
  if (bytes[6] === 1) out.writeUInt16LE(length & 0xffff, 8);
  else out.writeUInt32LE(length, 8);
  return out;
}

const replaced = (pattern: RegExp, values: readonly string[]) => (text: string, random: Random) =>
  text.replace(pattern, () => random.pick(values));

const headerWays: readonly ((text: string, random: Random) => string)[] = [
  (text, random) => text.replace(/\d+(?=[,)])/, (old) => String(otherInteger(BigInt(old), random))),
  replaced(/\([^)]*\)/, shapes),
  replaced(
    /'descr': ('[^']*'|\[.*?\](?=, 'f))/,
    dtypes.map((dtype) => `'descr': ${dtype}`),
  ),
  replaced(/True|False/, ['True', 'False', 'None', '0', '1', "'True'"]),
  replaced(/\d+(?=[,)])/, numberTexts),
  (text, random) => text.replace(random.pick(["'descr'", "'shape'", "'fortran_order'", '{', '}', ',']), ''),
  (text, random) => text.replace('{', `{${"'shape': (1,), ".repeat(random.int(1, 3))}`),
  (text, random) => text.replace('(', '('.repeat(random.pick([2, 50, 5000]))),
  (text) => text.replace('}', `, 'more': ${'['.repeat(3000)}`),
  (text) => text.replace('{', `{'__proto__': {'polluted': True}, `),
];

export const npy: Mutation = {
  name: 'npy',
  fits: (_, bytes) => bytes.length > 20 && bytes.subarray(1, 6).toString('latin1') === 'NUMPY',
  mutate(bytes, random) {
    const { from, to } = headerOf(bytes);
    const out = Buffer.from(bytes);
    if (random.chance(0.6))
      return withHeader(out, random.pick(headerWays)(out.toString('latin1', from, to), random), random);
    if (random.chance(0.2)) changeField(out, random.pick([6, 7, 8, 9]), random.int(1, 2), random);
    else if (to < out.length) {
      for (let left = random.int(1, 4); left > 0; left--) changeValue(out, to, random);
    }
    return out;
  },
};

/** One of the values that follow the header, whatever their type. */
function changeValue(out: Buffer, data: number, random: Random): void {
  const width = random.pick([1, 2, 4, 8, 8]);
  const at = data + width * random.int(0, Math.max(0, Math.floor((out.length - data) / width) - 1));
  if (width === 8 && at + 8 <= out.length && random.chance(0.5)) {
    out.writeDoubleLE(random.pick([Number.NaN, Infinity, -Infinity, -1, 1e300, 5e-324, 2 ** 53, 2 ** 63, -0, 0.5]), at);
  } else changeField(out, at, width, random);
}
