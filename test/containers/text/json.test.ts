/** JSON sidecars: what JSON.parse reads is read alike in slices, Python's words too, and nothing grows without a bound. */

import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../lib/containers/text/json.js';
import { parseInSlices } from '../../../lib/containers/text/json-parser.js';
import { defaultLimits } from '../../../lib/core/limits.js';
import { FormatError, LimitError } from '../../../lib/index.js';

const read = (text: string | Uint8Array) => parseJson(Buffer.from(text as string), 'a.json', defaultLimits);
const slowly = (text: string) => parseInSlices(text, 'a.json', defaultLimits);

/** Values of all kinds, nested, by the multiplier and increment of Numerical Recipes. */
function randomValue(seed: number): unknown {
  let state = seed;
  const draw = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const text = () => Array.from({ length: draw(6) }, () => 'aµ日𝛼"\\\n\u2028[]{},: '[draw(14)] ?? '').join('');
  const value = (depth: number): unknown => {
    const kind = draw(depth > 5 ? 6 : 9);
    if (kind === 0) return null;
    if (kind === 1) return draw(2) === 0;
    if (kind === 2) return draw(1e6) - 5e5;
    if (kind === 3) return (draw(1e6) - 5e5) * 10 ** (draw(40) - 20);
    if (kind < 6) return text();
    if (kind < 8) return Array.from({ length: draw(6) }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: draw(6) }, () => [text(), value(depth + 1)]));
  };
  return { value: value(0), more: [value(0), value(0)] };
}

describe('parsing in slices', () => {
  it('gives what JSON.parse gives, however it is spaced', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const value = randomValue(seed);
      for (const space of [undefined, '\t', ' \r\n']) {
        const text = JSON.stringify(value, null, space);
        expect(await slowly(text), text).toEqual(JSON.parse(text));
      }
    }
  });

  it('refuses what JSON.parse refuses', async () => {
    const broken = [
      '',
      ' ',
      '{',
      '[',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{a:1}',
      "{'a':1}",
      '01',
      '1.',
      '.5',
      '+1',
    ];
    const texts = ['"', '"\\x"', '"\n"', '{"a":1}}', '[]]', 'nul', 'tru', '{"a":1 "b":2}', '[1}', '{"a":1]', '"\\'];
    for (const text of [...broken, ...texts]) {
      expect(() => JSON.parse(text), text).toThrow();
      await expect(slowly(text), text).rejects.toThrow(/character/);
    }
  });

  it('keeps __proto__ as a property', async () => {
    const value = (await slowly('{"__proto__": {"a": 1}}')) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__']);
  });
});

describe('a sidecar', () => {
  it('may hold NaN and Infinity, which are null; in texts they are text', async () => {
    expect(await read('{"a": NaN, "b": [-Infinity, Infinity, 1], "c": "NaN, \\"Infinity\\""}')).toEqual({
      ...{ a: null, b: [null, null, 1], c: 'NaN, "Infinity"' },
    });
  });

  it('may begin with a mark of its byte order', async () => {
    expect(await read('\ufeff{"a": 1}')).toEqual({ a: 1 });
  });

  it('in another coding than UTF-8 is refused, as by Python', async () => {
    await expect(read(Buffer.from('{"name": "Z\xfcrich"}', 'latin1'))).rejects.toThrow(/must hold JSON in UTF-8/);
  });

  it('longer than what is parsed at once reads alike', async () => {
    const value = { ids: Array.from({ length: 200_000 }, (_, i) => i * 7), name: 'x'.repeat(70_000) };
    expect(await read(JSON.stringify(value))).toEqual(value);
  });

  it.each(['[1]', '1', '"a"', 'null', ''])('that is no object is a FormatError: %s', async (text) => {
    await expect(read(text)).rejects.toThrow(FormatError);
  });

  it('of too many values, or nested too deep, is a LimitError or a FormatError', async () => {
    await expect(read(`{"a":[${'{},'.repeat(1_000_001)}1]}`)).rejects.toThrow(/at most 1000000 values/);
    await expect(read('{"a":'.repeat(101))).rejects.toThrow(LimitError);
  });

  it('with a text of escapes that never ends is refused in one pass', async () => {
    await expect(read(`{"a": NaN, "${'\\"'.repeat(200_000)}`)).rejects.toThrow(/ends nowhere/);
  });

  it('answers an abort while it is parsed', async () => {
    const text = Buffer.from(`{"a":[${'1,'.repeat(900_000)}1]}`);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1);
    await expect(parseJson(text, 'a.json', defaultLimits, stop.signal)).rejects.toThrow(/abort/i);
  });
});
