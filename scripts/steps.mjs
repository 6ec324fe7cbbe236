// Steps of the set-up that are done only when their inputs changed: each leaves a stamp with a hash of what it was made from.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** For CMake: warnings are errors in CI alone, so that a compiler that warns of more stops nobody else. */
export const strictness = `-DSPIKELAB_WERROR=${process.env.CI ? 'ON' : 'OFF'}`;

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

/** A hash of files, of all files below folders (paths are below the root), and of words. */
export function digestOf(inputs, words) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesBelow(join(root, input))))
    hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.update(JSON.stringify(words)).digest('hex');
}

const stampOf = (output) => join(root, `${output}.stamp`);
const stepDigest = (name, { inputs, words = [] }) => digestOf(inputs, [name, process.arch, ...words]);

/** Whether the stamp says that a step was done with the same inputs and words. */
export function isDone(name, step) {
  const stamp = stampOf(step.output);
  if (!existsSync(join(root, step.output)) || !existsSync(stamp)) return false;
  return readFileSync(stamp, 'utf8') === stepDigest(name, step);
}

/** Does `work` unless it was done. */
export function step(name, options) {
  if (isDone(name, options)) return false;
  const digest = stepDigest(name, options);
  console.error(`spikelab: ${name}`);
  options.work();
  const stamp = stampOf(options.output);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  return true;
}
