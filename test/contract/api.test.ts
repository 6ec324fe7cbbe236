import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as api from '../../lib/index.js';
import type * as contract from './public-api.js';

type Contract = typeof contract;
/** The functions. Classes are compared by what their objects offer: ours have private parts too. */
type Functions<T> = {
  [K in keyof T as T[K] extends abstract new (...args: never[]) => unknown ? never : K]: T[K];
};
type Built = keyof typeof api & keyof Functions<Contract>;

describe('the public surface', () => {
  it('has every name that test/contract/exports.txt lists: one that goes breaks users', () => {
    const listed = readFileSync(new URL('exports.txt', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect(Object.keys(api)).toEqual(expect.arrayContaining(listed));
    expect(listed.length).toBeGreaterThan(20);
  });

  it('is the same in the package as it was built', async () => {
    const built = await import(new URL('../../dist/index.js', import.meta.url).href);
    expect(Object.keys(built).sort()).toEqual(Object.keys(api).sort());
  });

  it('has the types of the public contract', () => {
    // checked by tsc (npm run types); at run time only that the names exist
    expectTypeOf(api).toExtend<Pick<Functions<Contract>, Built>>();
    expectTypeOf<api.SpikeData>().toExtend<contract.SpikeData>();
    expectTypeOf<ConstructorParameters<Contract['SpikeData']>>().toExtend<
      ConstructorParameters<typeof api.SpikeData>
    >();
    expectTypeOf<api.OptionError>().toExtend<contract.OptionError>();
    expectTypeOf<api.NotFoundError>().toExtend<contract.NotFoundError>();
    expectTypeOf<api.FormatError>().toExtend<contract.FormatError>();
    expectTypeOf<api.UnsupportedError>().toExtend<contract.UnsupportedError>();
    expectTypeOf<api.LimitError>().toExtend<contract.LimitError>();
    expectTypeOf<api.UnsafePickleError>().toExtend<contract.UnsafePickleError>();
    expectTypeOf<api.RemoteError>().toExtend<contract.RemoteError>();
    expectTypeOf<api.AddonLoadError>().toExtend<contract.AddonLoadError>();
    expectTypeOf<contract.LoadOptions>().toExtend<api.LoadOptions>();
    expectTypeOf<api.LoadReport>().toExtend<contract.LoadReport>();
    expect(Object.keys(api)).toContain('SpikeData');
  });
});
