import { describe, expect, it } from 'vitest';
import { bindingFunctions, native } from '../../lib/addon/binding.js';

describe('the binding contract', () => {
  it('names exactly the functions that the addon exports, in the same order', () => {
    expect(Object.keys(native())).toEqual([...bindingFunctions]);
  });

  it('reports the libraries and limits of the build', () => {
    const info = native().buildInfo();
    expect(info.hdf5).toMatch(/^1\.\d+\.\d+$/);
    expect(info.threads).toBeGreaterThanOrEqual(1);
  });
});
