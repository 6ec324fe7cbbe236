// Steps of the set-up that are done only when their inputs changed: each leaves a stamp with a hash of what it was made from.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program with its output shown; ends this process with its status where it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options,
  });
  if (error) {
    console.error(`spikelab: could not run ${command}: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) {
    console.error(`spikelab: ${command} ${args.join(' ')} failed with status ${status}`);
    process.exit(status ?? 1);
  }
}

export function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Does `work` unless the stamp says that it was done with the same inputs (files or folders below the root, and words). */
export function step(name, { inputs, words = [], output, work }) {
  const stamp = join(root, `${output}.stamp`);
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesBelow(join(root, input))))
    hash.update(file.slice(root.length)).update(readFileSync(file));
  const digest = hash.update(JSON.stringify([name, process.version, process.arch, ...words])).digest('hex');
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return false;
  console.error(`spikelab: ${name}`);
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}
