/** Pickles that want to run something, or to take more than they are worth. Opcodes are written out as pickletools names them. */

import { describe, expect, it } from 'vitest';
import { PlainConverter, readPickle } from '../../../lib/containers/pickle/pickle.js';
import { defaultLimits } from '../../../lib/core/limits.js';
import { FormatError, LimitError, UnsafePickleError, UnsupportedError } from '../../../lib/index.js';

const place = { path: 'hostile.pkl' };
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
const read = (...parts: (string | number[])[]) => readPickle(bytes(...parts), place);
const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
const stackGlobal = (module: string, name: string): string => `${text(module)}${text(name)}\x93`;
const u64 = (value: bigint): number[] => Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const thrown = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe('names outside the allow-list', () => {
  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'eval'],
    ['builtins', 'getattr'],
    ['numpy', 'load'],
    ['numpy', 'ndarray.tofile'],
    ['numpy.core.multiarray', 'fromfile'],
    ['Numpy', 'ndarray'],
    ['numpy\0', 'ndarray'],
    ['', 'dict'],
    ['__proto__', 'constructor'],
    ['numpy', 'constructor'],
    ['numpy', '__proto__'],
    ['_codecs', 'lookup'],
    ['copyreg', 'add_extension'],
    ['spikelab.spikedata.spikedata', 'SpikeData.__init__'],
    ['evil.spikelab.spikedata.spikedata', 'SpikeData'],
  ])('%j %j is an UnsafePickleError that names it and where it is', async (module, name) => {
    const error = await thrown(read('\x80\x04N0', stackGlobal(module, name), ')R.'));
    expect(error).toBeInstanceOf(UnsafePickleError);
    expect(error).toMatchObject({ module, symbol: name, offset: 4 + 2 + module.length + 2 + name.length });
  });

  it('is refused by the opcodes of old protocols too', async () => {
    for (const pickle of ['cos\nsystem\n.', '(S"x"\nios\nsystem\n.', '(cos\nsystem\nS"x"\no.']) {
      expect(await thrown(read(pickle))).toMatchObject({ code: 'ERR_UNSAFE_PICKLE', module: 'os', symbol: 'system' });
    }
  });
});

describe('numpy text', () => {
  const dtype = (code: string, state: string) =>
    `${stackGlobal('numpy', 'dtype')}${text(code)}\x89\x88\x87R(K\x03${state}K\x00tb`;
  const shortBytes = (data: string) => `C${String.fromCharCode(data.length)}${data}`;
  const scalar = (type: string, data: string) =>
    `\x80\x04${stackGlobal('numpy.core.multiarray', 'scalar')}${type}${shortBytes(data)}\x86R.`;
  const array = (type: string, count: number, data: string) => {
    const empty = `${stackGlobal('numpy.core.multiarray', '_reconstruct')}${stackGlobal('numpy', 'ndarray')}K\0\x85C\x01b\x87R`;
    return `\x80\x04${empty}(K\x01K${String.fromCharCode(count)}\x85${type}\x89${shortBytes(data)}tb.`;
  };
  const wide = dtype('U1', `${text('<')}NNNK\x04K\x04`);
  const narrow = dtype('S2', `${text('|')}NNNK\x02K\x01`);
  const plain = async (pickle: string) =>
    new PlainConverter(defaultLimits, place).convert(await read(pickle), 'the value');

  it('is a FormatError where a code point is beyond Unicode, at which numpy raises', async () => {
    expect(await plain(scalar(wide, '\xe9\0\0\0'))).toBe('é');
    for (const pickle of [scalar(wide, '\0\0\x11\0'), array(wide, 1, '\0\0\x11\0')]) {
      const error = await thrown(plain(pickle));
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toMatchObject({ message: expect.stringContaining('code point 1114112') });
    }
  });

  it('of bytes that are no UTF-8 stays bytes, each element by itself', async () => {
    expect(await plain(array(narrow, 3, 'ok\xe9\0\xc3\xa9'))).toEqual(['ok', Uint8Array.of(0xe9), 'é']);
  });
});

describe('what allowed names are asked to do beyond making data', () => {
  const ndarray = stackGlobal('numpy', 'ndarray');
  const reconstruct = stackGlobal('numpy.core.multiarray', '_reconstruct');
  it.each([
    ['another codec', `${stackGlobal('_codecs', 'encode')}${text('uryyb')}${text('rot13')}\x86R.`],
    ['bytes of a number', `${stackGlobal('builtins', 'bytes')}J\xff\xff\xff\x7f\x85R.`],
    ['bytearray of a number', `${stackGlobal('builtins', 'bytearray')}J\xff\xff\xff\x7f\x85R.`],
    ['an array of any shape', `${reconstruct}${ndarray}J\xff\xff\xff\x7f\x85C\x01b\x87R.`],
    ['an array of another class', `${reconstruct}${stackGlobal('builtins', 'dict')}K\x00\x85C\x01b\x87R.`],
    ['attributes of a class', `${ndarray}}${text('x')}K\x01sb.`],
    ['attributes of an int', 'K\x01}b.'],
    ['a call of an int', 'K\x01)R.'],
    ['a call of a class that only stands for itself', `${stackGlobal('builtins', 'int')}K\x01\x85R.`],
  ])('%s is a FormatError', async (_, pickle) => {
    expect(await thrown(read('\x80\x04', pickle))).toBeInstanceOf(FormatError);
  });

  it.each([
    ['extension codes', '\x82\x01.'],
    ['persistent ids', 'Pid\n.'],
    ['persistent ids', 'NQ.'],
    ['out-of-band buffers', '\x97.'],
    ['pickle protocol 6', '\x80\x06N.'],
  ])('%s are unsupported', async (feature, pickle) => {
    const error = await thrown(read(pickle));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toMatchObject({ feature });
  });
});

describe('lengths that the file does not have', () => {
  it.each([
    ['BINBYTES', ['B', [0xff, 0xff, 0xff, 0xff], 'abc.']],
    ['BINBYTES8', ['\x8e', u64(2n ** 63n), 'abc.']],
    ['BYTEARRAY8', ['\x96', u64(2n ** 64n - 1n), 'abc.']],
    ['BINUNICODE8', ['\x8d', u64(2n ** 53n + 1n), 'abc.']],
    ['BINSTRING below zero', ['T', [0xff, 0xff, 0xff, 0xff], 'abc.']],
    ['LONG4', ['\x8b', [0xff, 0xff, 0xff, 0x7f], 'abc.']],
    ['FRAME', ['\x80\x04\x95', u64(2n ** 40n), 'N.']],
    ['a line without an end', ['I123']],
    ['no STOP', ['N']],
    ['nothing', []],
  ] as [string, (string | number[])[]][])('%s is a FormatError', async (_, parts) => {
    expect(await thrown(read(...parts))).toBeInstanceOf(FormatError);
  });
});

describe('a broken stack', () => {
  it.each([
    '.',
    '0.',
    '2.',
    '(.',
    'N(0R.',
    '1.',
    'e.',
    ']N(e.',
    '}(Nu.',
    'K\x01a.',
    'NNs.',
    'h\x00.',
    'g-1\n.',
    'NNN.',
    't.',
    '\x93.',
    'o.',
    'Np99999999999\n.',
  ])('%j is a FormatError', async (pickle) => {
    expect(await thrown(read(pickle))).toBeInstanceOf(FormatError);
  });

  it('takes no list, dict or set for a key', async () => {
    for (const key of [']', '}', '\x8f']) expect(await thrown(read(`}${key}Ns.`))).toBeInstanceOf(FormatError);
  });
});

describe('depth and size', () => {
  it('more open marks than maxDepth is a LimitError', async () => {
    const error = await thrown(read('('.repeat(101)));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit: 'maxDepth', allowed: 100 });
  });

  const convert = async (...parts: (string | number[])[]) =>
    new PlainConverter(defaultLimits, place).convert(await read(...parts), 'it');

  it('a million nested tuples are read without recursion, and refused as plain values', async () => {
    expect(await thrown(convert('N', '\x85'.repeat(1_000_000), '.'))).toMatchObject({ limit: 'maxDepth' });
  });

  it('a list in itself reads, and is refused as a plain value', async () => {
    const list = (await read(']q\x00h\x00a.')) as unknown[];
    expect(list[0]).toBe(list);
    expect(await thrown(convert(']q\x00h\x00a.'))).toBeInstanceOf(FormatError);
  });

  it('shared lists that stand for 10^12 values are refused in time', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `]q${String.fromCharCode(i + 1)}(${`h${String.fromCharCode(i)}`.repeat(10)}e`,
    );
    expect(await thrown(convert(']q\x00', ...levels, '.'))).toBeInstanceOf(FormatError);
  });

  it('a key called __proto__ is a key', async () => {
    const plain = (await convert(`}${text('__proto__')}}${text('polluted')}K\x01ss.`)) as Record<string, unknown>;
    expect(Object.keys(plain)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(plain)).toBeNull();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
