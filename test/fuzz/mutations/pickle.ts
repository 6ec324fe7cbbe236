/** Opcodes of pickles and what they are given: lengths, names, numbers of memos. */
import type { Random } from '../../prove/random.js';
import { changeField, type Mutation, numberTexts, spliced } from './mutation.js';

/** Bytes of the number after an opcode, and whether so many bytes follow it. Opcodes that are in no table stand alone. */
const numbers: Record<string, readonly [width: number, bytesFollow: boolean]> = {
  ...{ K: [1, false], M: [2, false], J: [4, false], G: [8, false], q: [1, false], r: [4, false], h: [1, false] },
  ...{
    j: [4, false],
    '\x80': [1, false],
    '\x95': [8, false],
    '\x82': [1, false],
    '\x83': [2, false],
    '\x84': [4, false],
  },
  ...{ U: [1, true], T: [4, true], X: [4, true], '\x8c': [1, true], '\x8d': [8, true], B: [4, true], C: [1, true] },
  ...{ '\x8e': [8, true], '\x96': [8, true], '\x8a': [1, true], '\x8b': [4, true] },
};
/** Opcodes that are followed by lines of text. */
const lines: Record<string, number> = { I: 1, F: 1, L: 1, V: 1, S: 1, P: 1, p: 1, g: 1, c: 2, i: 2 };
const alone = [
  ...'().012NQRabdelotsu]}',
  '\x81',
  '\x85',
  '\x86',
  '\x87',
  '\x88',
  '\x89',
  '\x8f',
  '\x90',
  '\x91',
  '\x92',
  '\x93',
  '\x94',
  '\x97',
  '\x98',
];
const names = [
  ...[
    'os',
    'system',
    'builtins',
    'eval',
    'getattr',
    '__dict__',
    '__reduce__',
    'numpy',
    'ndarray',
    'numpy.core.multiarray',
  ],
  ...['_reconstruct', 'scalar', 'dtype', 'collections', 'OrderedDict', 'defaultdict', 'copyreg', '__newobj__', 'train'],
  ...[
    'spikelab.spikedata.spikedata',
    'SpikeData',
    'N',
    'length',
    'neuron_attributes',
    '',
    'O8',
    'f8',
    'M8',
    'V99999999',
  ],
];

interface Opcode {
  readonly at: number;
  readonly end: number;
  readonly code: string;
}

function opcodesOf(bytes: Buffer): Opcode[] {
  const out: Opcode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const code = String.fromCharCode(bytes[at]);
    let end = at + 1;
    const [width, bytesFollow] = numbers[code] ?? [0, false];
    const counted = Math.min(width, 6);
    if (end + width > bytes.length) break;
    if (bytesFollow) end += bytes.readUIntLE(end, counted);
    end += width;
    for (let left = lines[code] ?? 0; left > 0; left--) {
      const next = bytes.indexOf(10, end);
      if (next < 0) return out;
      end = next + 1;
    }
    if (end > bytes.length) break;
    out.push({ at, end, code });
    at = end;
  }
  return out;
}

const short = (text: string) => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text, 'latin1')]);

type Way = (bytes: Buffer, opcodes: readonly Opcode[], random: Random) => Buffer;
const ways: readonly Way[] = [
  function changeArgument(bytes, opcodes, random) {
    const { at, end, code } = random.pick(opcodes.filter(({ at, end }) => end > at + 1));
    const [width] = numbers[code] ?? [0];
    if (width > 0) changeField(bytes, at + 1, width, random);
    else return spliced(bytes, at + 1, end, `${random.pick([...names, ...numberTexts])}\n`);
    return bytes;
  },
  function changeName(bytes, opcodes, random) {
    const texts = opcodes.filter(({ code }) => code === '\x8c' || code === 'U' || code === 'X');
    if (texts.length === 0) return bytes;
    const { at, end } = random.pick(texts);
    return spliced(bytes, at, end, short(random.pick(names)));
  },
  function drop(bytes, opcodes, random) {
    const { at, end } = random.pick(opcodes);
    return spliced(bytes, at, end, '');
  },
  function repeat(bytes, opcodes, random) {
    const { at, end } = random.pick(opcodes);
    const times = random.chance(0.9) ? random.int(1, 4) : 3000;
    return spliced(bytes, at, at, Buffer.concat(Array(times).fill(bytes.subarray(at, end))));
  },
  function insert(bytes, opcodes, random) {
    const { at } = random.pick(opcodes);
    return spliced(bytes, at, at, Buffer.from(random.pick(alone), 'latin1'));
  },
  function exchange(bytes, opcodes, random) {
    const { at } = random.pick(opcodes);
    bytes[at] = random.pick(alone).charCodeAt(0);
    return bytes;
  },
  function copyRange(bytes, opcodes, random) {
    const from = random.int(0, opcodes.length - 1);
    const to = Math.min(opcodes.length - 1, from + random.size(30));
    const { at } = random.pick(opcodes);
    return spliced(bytes, at, at, bytes.subarray(opcodes[from].at, opcodes[to].end));
  },
  function changePayload(bytes, opcodes, random) {
    const payloads = opcodes.filter(({ at, end }) => end - at > 12);
    if (payloads.length === 0) return bytes;
    const { at, end } = random.pick(payloads);
    changeField(bytes, at + 5 + 8 * random.int(0, Math.floor((end - at - 6) / 8)), 8, random);
    return bytes;
  },
];

export const pickle: Mutation = {
  name: 'pickle',
  fits: (path, bytes) => bytes.length > 2 && /\.(pkl|pickle)$/.test(path),
  mutate(bytes, random) {
    let out = Buffer.from(bytes);
    for (let left = random.int(1, 3); left > 0; left--) {
      const opcodes = opcodesOf(out);
      if (opcodes.some(({ at, end }) => end > at + 1)) out = Buffer.from(random.pick(ways)(out, opcodes, random));
    }
    return out;
  },
};
