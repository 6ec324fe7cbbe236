/** Starts the children of isolated loads: their program, their memory, their channels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { native } from '../../addon/binding.js';
import { environmentOf, type ReaderPlan } from './plan.js';
import { plugAndPlayWords } from './plug-and-play.js';

/**
 * Address space that Node itself takes before it has read anything, with room for its threads' stacks and arenas. Measured on
 * x86-64: small loads succeed with 1 GiB on Node 20; on Node 24 they fail with 1.25 GiB and succeed with 1.5.
 */
export const runtimeBytes = Number.parseInt(process.versions.node, 10) < 22 ? 2 ** 30 : 3 * 2 ** 29;
/** The child of a plan. `scratch`: a folder into which it may write. */
export function startChild(plan: ReaderPlan, scratch: string | null): ChildProcess {
  const beside = fileURLToPath(new URL('../../api/isolated-child.js', import.meta.url));
  // run from the TypeScript sources, the compiled child stands in dist
  const script = existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../dist/api/isolated-child.js', import.meta.url));
  const heapMb = Math.max(64, Math.floor(plan.memoryBytes / 2 ** 20));
  // WebAssembly memories (fetch has one) would reserve 10 GiB of address space each, and without the trap handler still 4 GiB, or
  // all that is left: they get 64 MiB
  const wasm = ['--disable-wasm-trap-handler', '--wasm-max-mem-pages=1024'];
  const written = scratch ? { ...plan, write: [...plan.write, scratch] } : plan;
  const words = [...wasm, `--max-old-space-size=${heapMb}`, ...plugAndPlayWords()];
  const node = [process.execPath, ...words, script, JSON.stringify(written)];
  const limited = process.platform === 'linux';
  const kilobytes = Math.ceil((plan.memoryBytes + runtimeBytes) / 1024);
  const [command, ...rest] = limited
    ? ['/bin/sh', '-c', `ulimit -c 0; ulimit -v ${kilobytes} && exec "$@"`, 'sh', ...node]
    : node;
  return sparing(() =>
    spawn(command, rest, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
      serialization: 'advanced',
      env: environmentOf(plan, scratch),
    }),
  );
}

/**
 * Starts a process without a copy of the page tables of this one's large arrays, those that the addon made, which would hold up its
 * event loop for 50 ms a GB. Only the main thread does: two at once would end each other's.
 */
function sparing<T>(start: () => T): T {
  if (!isMainThread) return start();
  native().keepFromChildren(true);
  try {
    return start();
  } finally {
    native().keepFromChildren(false);
  }
}
