import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packagedPlatforms, platformName } from '../../lib/addon/locate.js';
import { supportedNode } from '../../lib/core/engine.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = read('package.json');

interface Target {
  name: string;
  os: string;
  cpu: string;
  libc: string;
}
const script = (path: string) => import(new URL(`../../scripts/${path}`, import.meta.url).href);
const { targets } = (await script('prebuild/targets.mjs')) as { targets: Target[] };
const { publishedManifest } = (await script('pack.mjs')) as {
  publishedManifest(manifest: object, platforms: string[]): { optionalDependencies: Record<string, string> };
};

describe('the packages of the platforms', () => {
  it('are the ones that are looked for, built and packed', () => {
    const folders = readdirSync(join(root, 'npm')).sort();
    expect([...packagedPlatforms].sort()).toEqual(folders);
    expect(targets.map((target) => target.name).sort()).toEqual(folders);
  });

  it.each(targets)('$name says what it runs on, and has the version of the main package', ({ name, os, cpu, libc }) => {
    const own = read(`npm/${name}/package.json`);
    expect(own).toMatchObject({ name: `@spikelab/${name}`, os: [os], cpu: [cpu], libc: [libc] });
    expect(own.version).toBe(manifest.version);
    expect(own.engines).toEqual(manifest.engines);
    expect(own.scripts).toBeUndefined();
    // what glibc has linked into addons is under a licence that must go along
    const licences = ['LICENSE', 'THIRD_PARTY.md', ...(libc === 'glibc' ? ['LGPL-2.1.txt'] : [])];
    expect(own.files).toEqual(['spikelab.node', 'sources.sha256', ...licences]);
    expect(own.exports).toEqual({ './spikelab.node': './spikelab.node', './package.json': './package.json' });
  });

  it('are optional dependencies of the same version in what is published alone', () => {
    const published = publishedManifest(manifest, ['linux-x64']);
    expect(published.optionalDependencies).toMatchObject({
      '@spikelab/linux-x64': manifest.version,
      zarrita: expect.any(String),
    });
    expect(published).not.toHaveProperty('scripts');
    expect(Object.keys(manifest.optionalDependencies).filter((name) => name.startsWith('@spikelab/'))).toEqual([]);
  });

  it('are chosen by the C library of the Node.js that runs', () => {
    // glibc tells its version in the report; musl leaves it out
    const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    const libc = process.platform === 'linux' && !header.glibcVersionRuntime ? 'musl' : '';
    expect(platformName()).toBe(`${process.platform}${libc}-${process.arch}`);
  });
});

describe('the lockfile', () => {
  it('names no place to download from, so that every registry and mirror serves', () => {
    const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
    // folders of this repository are named too
    const places = [...text.matchAll(/"resolved": "([^"]*)"/g)].map((found) => found[1]);
    expect(places.filter((place) => place && !place.startsWith('packages/'))).toEqual([]);
    expect(text).not.toMatch(/https?:\/\/registry/);
  });
});

describe('supportedNode', () => {
  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['21.7.3', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['23.0.0', true],
    ['24.4.1', true],
  ])('%s: %s', (version, supported) => {
    expect(supportedNode(version)).toBe(supported);
  });

  it('is what package.json asks for', () => {
    expect(manifest.engines.node).toBe('^20.19.0 || >=22.12.0');
  });
});
