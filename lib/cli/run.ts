/** Runs one command line and turns every way in which it can end into an exit code. */
import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { failure } from './failure.js';
import { makeProgram } from './program.js';
import { sayWarnings } from './talk.js';

/** 0 done, 1 could not be done, 2 wrong usage, 130 and 143 stopped by SIGINT (Ctrl-C) and SIGTERM. */
export async function run(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  // every read that is under way listens; so many listeners are no leak
  setMaxListeners(0, stop.signal);
  let stoppedBy = 0;
  const onSignal = (_name: string, number: number) => {
    stoppedBy = 128 + number;
    stop.abort();
  };
  // once: a second Ctrl-C ends the process at once, whatever it hangs in
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  endQuietlyWhenNobodyReads();
  sayWarnings();
  const program = makeProgram(stop.signal);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (stoppedBy) {
      process.stderr.write('spikelab: stopped\n');
      return stoppedBy;
    }
    if (error instanceof CommanderError) return error.code === 'commander.help' || error.exitCode ? 2 : 0;
    const { message, exitCode } = failure(error);
    process.stderr.write(`spikelab: ${message}\n`);
    if (program.opts().debug) process.stderr.write(stackOf(error));
    return exitCode;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, onSignal);
  }
}

/** With what caused it, and what caused that. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `caused by ${stackOf(error.cause) || `${error.cause}\n`}`;
  return `${error.stack}\n${cause}`;
}

/** `spikelab … | head` closes the pipe early: that is no error. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
