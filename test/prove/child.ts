/** Checks the cases that the parent sends, one at a time, in a process whose memory and time the parent bounds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kind, Property, Spec } from './property.js';
import { Python, PythonError } from './python.js';

export interface Request {
  property: string;
  spec: Spec;
}
export interface Failure {
  /** Two failures of one kind are taken for the same fault. */
  kind: string;
  message: string;
}
export interface Outcome {
  counts: { kind: Kind; format: string }[];
  skipped: { what: string; why: string }[];
  failure: Failure | null;
}

/** Answers `process`'s messages until the parent goes. */
export function serve(properties: readonly Property[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-prove-'));
  const python = new Python(folder);
  let ready: Promise<unknown> | null = null;
  let lane = Promise.resolve();
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.on('disconnect', () => {
    python.stop();
    process.exit();
  });
  process.on('message', (request: Request) => {
    ready ??= python.start();
    lane = lane.then(async () => {
      await ready;
      const property = properties.find(({ name }) => name === request.property);
      process.send?.(await checkCase(property as Property, request.spec, join(folder, 'case'), python));
    });
  });
  // what loads warn of is theirs to compare, not for the terminal
  process.removeAllListeners('warning');
  process.on('warning', () => {});
}

export async function checkCase(property: Property, spec: Spec, folder: string, python: Python): Promise<Outcome> {
  const outcome: Outcome = { counts: [], skipped: [], failure: null };
  await mkdir(folder, { recursive: true });
  try {
    await property.check(spec, {
      folder,
      python,
      count: (kind, format) => outcome.counts.push({ kind, format }),
      skip: (what, why) => outcome.skipped.push({ what, why }),
    });
  } catch (error) {
    outcome.failure = failureOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return outcome;
}

/** Two messages of one fault differ in their numbers. */
const withoutNumbers = (message: string) => message.slice(0, 80).replace(/[\d.]+/g, '');

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { kind: 'thrown', message: String(error) };
  if (error instanceof PythonError)
    return { kind: `Python: ${error.message.trim().split('\n').at(-1)?.split(':')[0]}`, message: error.message };
  const { code } = error as { code?: unknown };
  // a Difference is known by its place, without the numbers in it
  const what =
    error.name === 'Difference'
      ? withoutNumbers(error.message.split(':')[0])
      : String(code ?? withoutNumbers(error.message));
  const message = error.name === 'Difference' ? error.message : (error.stack ?? error.message);
  return { kind: `${error.name} ${what}`.trim(), message };
}
