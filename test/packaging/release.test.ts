import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Change {
  kind: string;
  text: string;
}
const script = new URL('../../scripts/release-version.mjs', import.meta.url).href;
const { parseChange, nextVersion, changelogSection } = (await import(script)) as {
  parseChange(name: string, content: string): Change;
  nextVersion(version: string, kinds: string[]): string;
  changelogSection(version: string, date: string, changes: Change[]): string;
};

describe('a release', () => {
  // expected by hand, after semver.org and npm's rule for 0.x
  it.each([
    ['1.2.3', ['patch'], '1.2.4'],
    ['1.2.3', ['patch', 'minor'], '1.3.0'],
    ['1.2.3', ['minor', 'major', 'patch'], '2.0.0'],
    ['0.1.0', ['minor'], '0.2.0'],
    ['0.1.5', ['major'], '0.2.0'],
  ])('of %s with changes %j is %s', (version, kinds, next) => {
    expect(nextVersion(version, kinds)).toBe(next);
  });

  it('lists what breaks first', () => {
    const changes = [parseChange('a.md', 'patch\n\nSmall.\nTwo lines.\n'), parseChange('b.md', 'major\nLarge.')];
    expect(changelogSection('2.0.0', '2026-01-02', changes)).toBe(
      '## 2.0.0 (2026-01-02)\n\n- Large.\n- Small.\n  Two lines.\n',
    );
  });

  it.each(['huge\n\nText', 'minor\n\n', ''])('refuses the change %j', (content) => {
    expect(() => parseChange('a.md', content)).toThrow(/a\.md must start with a line/);
  });
});

describe('package.json', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const text = (path: string) => readFileSync(join(root, path), 'utf8');

  it('has every script that pages, scripts and workflows name', () => {
    const below = (folder: string) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
    const files = ['README.md', '.ci/run', ...['docs', 'scripts', '.github', 'bench', 'test'].flatMap(below)];
    const named = files
      .filter((name) => /\.(md|mjs|yml)$|^\.ci\/run$/.test(name) && !/^docs\/api\//.test(name))
      .flatMap((name) =>
        [...text(name).matchAll(/npm run (?:-s )?([a-z]+(?::[a-z]+(?:-[a-z]+)*)*)/g)].map(
          (found) => `${name}: ${found[1]}`,
        ),
      );
    const { scripts } = JSON.parse(text('package.json'));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((each) => !(each.split(': ')[1] in scripts))).toEqual([]);
  });
});
