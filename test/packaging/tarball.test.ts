import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Packed {
  size: number;
  files: { path: string; mode: number }[];
}

/** What may be in the tarball; everything else is a mistake in package.json's `files`. */
const allowed = [
  /^(LICENSE|README\.md|CHANGELOG\.md|SECURITY\.md|THIRD_PARTY\.md|package\.json|CMakeLists\.txt)$/,
  /^dist\/([\w-]+\/)*[\w.-]+\.(js|d\.ts)$/,
  /^dist\/page\/page\.css$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/headers\/([\w.-]+\.h|LICENSE-node-(addon-api|api-headers))$/,
  /^data\/[\w-]+\.(tsv|md)$/,
  /^native\/([\w-]+\/)*[\w-]+\.(cpp|h|md|inc)$/,
  /^native\/(sources\.txt|exports\.map)$/,
  /^scripts\/(build-addon|build-native|steps|system-libraries)\.mjs$/,
  /^docs\/([\w-]+\/)?[\w-]+\.md$/,
  /^bench\/(README|results)\.md$/,
  /^test\/\w+\/README\.md$/,
];

describe('the tarball of npm pack', () => {
  let packed: Packed;
  let paths: string[];
  beforeAll(() => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    packed = Object.values(JSON.parse(listed) as Packed[])[0];
    paths = packed.files.map((file) => file.path);
  });

  it('holds nothing that is not on the list', () => {
    expect(paths.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('stays below 1 MB', () => {
    expect(packed.size).toBeLessThan(1e6);
  });

  it('holds all that package.json points at, and no script that npm would run on installing', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const texts = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value as object).flatMap(texts);
    const targets = texts([manifest.exports, manifest.main, manifest.types, manifest.bin]);
    for (const target of targets) expect(paths).toContain(normalize(target));
    for (const name of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(name);
    // a binding.gyp alone makes npm run node-gyp
    expect(paths).not.toContain('binding.gyp');
  });

  it('holds every source that spikelab build compiles', () => {
    const sources = readFileSync(join(root, 'native/sources.txt'), 'utf8').trim().split('\n');
    for (const source of sources) expect(paths).toContain(`native/${source}`);
    for (const header of ['napi.h', 'node_api.h']) expect(paths).toContain(`dist/headers/${header}`);
  });

  it('holds every file that its scripts import', () => {
    for (const path of paths.filter((path) => path.startsWith('scripts/')))
      for (const [, target] of readFileSync(join(root, path), 'utf8').matchAll(/from '(\.[^']+)'/g))
        expect(paths, `${path} imports ${target}`).toContain(join(dirname(path), target));
  });

  it('holds every page that its pages link to', () => {
    const broken: string[] = [];
    for (const path of paths.filter((path) => path.endsWith('.md'))) {
      for (const [, target] of readFileSync(join(root, path), 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^\w+:/.test(target) || /\.(png|svg)$/.test(target)) continue;
        const to = normalize(join(dirname(path), target));
        if (existsSync(join(root, to)) && !paths.some((other) => other === to || other.startsWith(`${to}/`)))
          broken.push(`${path} → ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});
