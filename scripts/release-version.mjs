// npm run release:version: takes up the files of .changes/: the next version, in every package.json and the lockfile, and a section
// of CHANGELOG.md. Commits nothing.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './steps.mjs';

const kinds = ['major', 'minor', 'patch'];

/** { kind, text } of a file of .changes/. */
export function parseChange(name, content) {
  const [kind, ...rest] = content.trim().split('\n');
  const text = rest.join('\n').trim();
  if (!kinds.includes(kind) || !text)
    throw new Error(`.changes/${name} must start with a line that is major, minor or patch, then say what changed`);
  return { kind, text };
}

/** Before 1.0.0 what breaks raises the second number, as npm's ^ ranges have it. */
export function nextVersion(version, found) {
  const [major, minor, patch] = version.split('.').map(Number);
  const kind = kinds.find((one) => found.includes(one));
  if (kind === 'patch') return `${major}.${minor}.${patch + 1}`;
  if (kind === 'minor' || major === 0) return `${major}.${minor + 1}.0`;
  return `${major + 1}.0.0`;
}

export function changelogSection(version, date, changes) {
  const sorted = kinds.flatMap((kind) => changes.filter((change) => change.kind === kind));
  return `## ${version} (${date})\n\n${sorted.map(({ text }) => `- ${text.replaceAll('\n', '\n  ')}`).join('\n')}\n`;
}

function main() {
  const folder = join(root, '.changes');
  const files = readdirSync(folder).filter((name) => name !== 'README.md' && name.endsWith('.md'));
  if (!files.length) {
    console.error('spikelab: nothing to release: .changes/ has no files');
    process.exit(1);
  }
  const changes = files.map((name) => parseChange(name, readFileSync(join(folder, name), 'utf8')));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const next = nextVersion(
    version,
    changes.map((change) => change.kind),
  );
  run('npm', ['version', next, '--no-git-tag-version', '--ignore-scripts']);
  const packages = readdirSync(join(root, 'npm')).map((name) => join('npm', name));
  for (const folder of [...packages, 'packages/server']) {
    const path = join(root, folder, 'package.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"version": "[^"]+"/, `"version": "${next}"`));
  }
  const changelog = join(root, 'CHANGELOG.md');
  const [title, intro, ...sections] = readFileSync(changelog, 'utf8').split('\n\n');
  const section = changelogSection(next, new Date().toISOString().slice(0, 10), changes).trimEnd();
  writeFileSync(changelog, `${[title, intro.trimEnd(), section, ...sections].join('\n\n').trimEnd()}\n`);
  for (const name of files) rmSync(join(folder, name));
  console.error(`spikelab: ${version} → ${next}: look at CHANGELOG.md, commit, and tag v${next}`);
}

if (process.argv[1] === import.meta.filename) main();
