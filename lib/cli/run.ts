/** Runs one command line and turns every way in which it can end into an exit code. */
import { setMaxListeners } from 'node:events';
import { CommanderError } from 'commander';
import { failure } from './failure.js';
import { makeProgram } from './program.js';

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
  try {
    await makeProgram(stop.signal).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (stoppedBy) {
      process.stderr.write('spikelab: stopped\n');
      return stoppedBy;
    }
    if (error instanceof CommanderError) return error.code === 'commander.help' || error.exitCode ? 2 : 0;
    const { message, exitCode } = failure(error);
    process.stderr.write(`spikelab: ${message}\n`);
    return exitCode;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, onSignal);
  }
}

/** `spikelab … | head` closes the pipe early: that is no error. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
