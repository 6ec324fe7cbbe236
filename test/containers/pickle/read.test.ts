import { describe, expect, it } from 'vitest';
import { PlainConverter, readPickle } from '../../../lib/containers/pickle/pickle.js';
import { defaultLimits } from '../../../lib/core/limits.js';
import { comparable, readCases, withSets } from './cases.js';

const place = { path: 'test.pkl' };

async function plain(bytes: Uint8Array): Promise<unknown> {
  return new PlainConverter(defaultLimits, place).convert(await readPickle(bytes, place), 'the value');
}

for (const writer of ['numpy1', 'numpy2', 'python2']) {
  const cases = readCases(writer);
  const names = [...new Set(cases.map(({ name }) => name))];
  describe(`pickles by ${writer} read as CPython reads them`, () => {
    it.each(names)('%s, every protocol', async (name) => {
      for (const { protocol, bytes, expected } of cases.filter((c) => c.name === name)) {
        const actual = withSets(comparable(await plain(bytes)), expected);
        expect(actual, `protocol ${protocol}`).toEqual(expected);
      }
    });
  });
}
