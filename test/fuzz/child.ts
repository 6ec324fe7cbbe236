/** Damages and loads what the parent asks for, one at a time, in a process whose end the parent survives. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadOptions, SpikeLabError } from 'spikelab';
import { digestOf } from './digest.js';
import { readFixture, writeFixture } from './fixture.js';
import { damage, type Files } from './mutate.js';
import { mostMs, type Outcome, type Request } from './outcome.js';
import type { Target } from './targets.js';

/** As a server would set them: what is in memory at once stays well below the GiB that is a failure. */
const limits = { maxFileBytes: 2 ** 30, maxArrayBytes: 2 ** 28, maxSpikes: 1e7, maxUnits: 1e5 };

/** Answers the parent until it goes. */
export async function serve(targets: readonly Target[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'spikelab-fuzz-'));
  process.on('disconnect', () => rm(folder, { recursive: true, force: true }).finally(() => process.exit()));
  process.on('message', async (request: Request) => {
    const target = targets.find(({ name }) => name === request.target) as Target;
    process.send?.(await check(target, request, join(folder, 'case')));
  });
  process.send?.('ready');
}

const undamaged = new Map<string, Files>();

function filesOf({ fixture }: Target): Files {
  const files = undamaged.get(fixture) ?? readFixture(fixture);
  undamaged.set(fixture, files);
  return files;
}

/** The damaged copy of a target's fixture that a seed stands for. */
export const damaged = (target: Target, seed: number) => damage(target.fixture, filesOf(target), seed);

export async function check(target: Target, { seed, isolated }: Request, folder: string): Promise<Outcome> {
  const { files, done } = damaged(target, seed);
  const path = writeFixture(folder, target.fixture, files);
  const before = peak.reset();
  const options: LoadOptions = {
    ...{ limits, onWarning: () => {} },
    ...(isolated ? { isolate: { timeoutMs: mostMs } } : {}),
  };
  // paths differ between the processes that are compared
  const hidden = (text: string) => text.replaceAll(folder, '<folder>');
  try {
    const loaded = await target.load(path, options);
    try {
      return { digest: await digestOf(loaded, hidden), grownBytes: peak.now() - before, done };
    } finally {
      if ('close' in loaded) await loaded.close();
    }
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
    const described = { name, message: hidden(message), stack: hidden(stack ?? '') };
    return { error: { ours: error instanceof SpikeLabError, ...described }, grownBytes: peak.now() - before, done };
  }
}

/** Most memory that this process has had, in bytes; 0 where the system does not say. */
const peak = {
  now(): number {
    const kb = /VmHWM:\s+(\d+)/.exec(status())?.[1] ?? 0;
    return Number(kb) * 1024;
  },
  /** Forgets the peaks of earlier loads; gives what is held now. */
  reset(): number {
    try {
      writeFileSync('/proc/self/clear_refs', '5');
    } catch {
      // not Linux, or not allowed: an earlier peak then hides a smaller later one
    }
    return this.now();
  },
};

function status(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
