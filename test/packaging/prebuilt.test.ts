import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const script = (path: string) => import(new URL(`../../scripts/${path}`, import.meta.url).href);
const { fitsHere, addonSources } = (await script('build-native.mjs')) as {
  fitsHere(folder: string, sources?: string): boolean;
  addonSources(): string;
};
const { expectSameRelease } = (await script('pack.mjs')) as {
  expectSameRelease(folder: string, sources?: string): void;
};

/** A platform's folder as npm run prebuilds leaves it. */
let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'spikelab-prebuilt-')), 'linux-x64');
  mkdirSync(folder);
  copyFileSync(join(root, 'build/Release/spikelab.node'), join(folder, 'spikelab.node'));
  writeFileSync(join(folder, 'sources.sha256'), `${addonSources()}\n`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@spikelab/linux-x64', version }));
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

describe('an addon that was made before', () => {
  it('serves a clone with the same sources', () => {
    expect(fitsHere(folder)).toBe(true);
    expect(() => expectSameRelease(folder)).not.toThrow();
  });

  it('of other sources is neither taken nor published', () => {
    expect(fitsHere(folder, '0'.repeat(64))).toBe(false);
    expect(() => expectSameRelease(folder, '0'.repeat(64))).toThrow(
      '@spikelab/linux-x64 was made from other sources: run npm run prebuilds -- linux-x64',
    );
  });

  it('that does not say what it was made from is neither taken nor published', () => {
    rmSync(join(folder, 'sources.sha256'));
    expect(fitsHere(folder)).toBe(false);
    expect(() => expectSameRelease(folder)).toThrow('was made from other sources');
  });

  it('that does not load here, as one for another C library, is not taken', () => {
    writeFileSync(join(folder, 'spikelab.node'), 'not for this machine');
    expect(fitsHere(folder)).toBe(false);
  });

  it('of another version is not published', () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@spikelab/linux-x64', version: '9.9.9' }));
    expect(() => expectSameRelease(folder)).toThrow(`@spikelab/linux-x64 must be of version ${version}, it is 9.9.9`);
  });
});
