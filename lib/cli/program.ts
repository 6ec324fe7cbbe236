/** The program `spikelab`: its commands and what holds for all of them. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addConvert } from './convert.js';
import { addDetect } from './detect.js';
import { addInfo } from './info.js';

const help = `
Exit codes: 0 done, 1 could not be done (one sentence on stderr says why), 2 wrong usage, 130 stopped by Ctrl-C.

spikelab detect --help shows the options of a command and examples.`;

/** `signal` aborts the command that runs. */
export function makeProgram(signal: AbortSignal): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('spikelab')
    .description('Spike trains from the file formats of electrophysiology.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', help)
    .showHelpAfterError('(--help shows how it is used)')
    .exitOverride();
  addDetect(program, signal);
  addInfo(program, signal);
  addConvert(program, signal);
  return program;
}
