import { describe, expect, it } from 'vitest';
import { OptionError } from '../../lib/core/errors.js';
import { roundHalfEven, timesFromMs, toMs } from '../../lib/core/units.js';

describe('toMs', () => {
  it('converts seconds, milliseconds and samples', () => {
    expect(toMs([0, 0.05, 0.123456], 's')).toEqual(Float64Array.of(0, 50, 123.456));
    expect(toMs(Int32Array.of(10, 20), 'ms')).toEqual(Float64Array.of(10, 20));
    // 1 000 000 / 30 000 s; the nearest double, which 1e6 / 30000 * 1000 is not
    expect(toMs([1_000_000, 19514], 'samples', 30000)).toEqual(Float64Array.of(33333.333333333336, 650.4666666666667));
    expect(toMs(BigInt64Array.of(64n) as unknown as number[], 'samples', 32000)).toEqual(Float64Array.of(2));
  });

  it('keeps NaN and infinities', () => {
    expect(toMs([Infinity, Number.NaN], 'ms')).toEqual(Float64Array.of(Infinity, Number.NaN));
    expect(toMs([-Infinity, Number.NaN], 's')).toEqual(Float64Array.of(-Infinity, Number.NaN));
  });

  it('needs a known unit, numbers, and a usable rate for samples', () => {
    expect(() => toMs([1], 'minutes' as 's')).toThrow(OptionError);
    for (const fsHz of [undefined, 0, -1, Number.NaN, Infinity]) {
      expect(() => toMs([1], 'samples', fsHz)).toThrow(OptionError);
    }
    expect(() => toMs(['1'] as unknown as number[], 's')).toThrow(OptionError);
    expect(() => toMs(null as unknown as number[], 's')).toThrow(OptionError);
  });
});

describe('timesFromMs', () => {
  it('converts back', () => {
    expect(timesFromMs([0, 50, 123.456], 's')).toEqual(Float64Array.of(0, 0.05, 0.123456));
    expect(timesFromMs([0, 1, 5], 'ms')).toEqual(Float64Array.of(0, 1, 5));
    expect(timesFromMs([0, 50, 123.456, -0.5], 'samples', 20000)).toEqual(Float64Array.of(0, 1000, 2469, -10));
  });

  it('rounds sample numbers to the nearest, halves to the even one', () => {
    expect(timesFromMs([0.5, 1.5, 2.5, 2.51], 'samples', 1000)).toEqual(Float64Array.of(0, 2, 2, 3));
    expect(Array.from([-0.5, -1.5, -2.5, 1e17, Number.NaN], roundHalfEven)).toEqual(
      [-0, -2, -2, 1e17, Number.NaN].map((x) => x + 0),
    );
  });

  it('inverts toMs for every sample of an hour-long recording', () => {
    const samples = Float64Array.from({ length: 1000 }, (_, i) => i * 107_999);
    expect(timesFromMs(toMs(samples, 'samples', 29999.762343096234), 'samples', 29999.762343096234)).toEqual(samples);
  });
});
