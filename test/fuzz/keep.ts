/** Keeps the input of a failure, and what repeats it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { damaged } from './child.js';
import { writeFixture } from './fixture.js';
import { type Case, type Found, seedOf } from './run.js';
import type { Target } from './targets.js';

export interface Kept {
  readonly seed: string;
  readonly cases: readonly Case[];
}

/** Writes the damaged fixture and case.json into a folder of its own below `root`, and gives that folder. */
export function keep(found: Found, target: Target, seed: string, root: string): string {
  const folder = join(root, `${found.target.replaceAll('/', '-')}-${seed}-${found.number}`);
  const { files, done } = damaged(target, seedOf(seed, found));
  rmSync(folder, { recursive: true, force: true });
  writeFixture(folder, target.fixture, files);
  const { target: name, number, failure, before } = found;
  const kept = { seed, cases: [...before, { target: name, number }], failure, done };
  writeFileSync(join(folder, 'case.json'), `${JSON.stringify(kept, null, 1)}\n`);
  return folder;
}

export const readKept = (folder: string): Kept => JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
