/** The program `spikelab`: its commands and what holds for all of them. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBatch } from './batch.js';
import { addBuild } from './build.js';
import { addCompletion } from './completion.js';
import { addConvert } from './convert.js';
import { addDandi } from './dandi.js';
import { addDetect } from './detect.js';
import { addDoctor } from './doctor.js';
import { addHealth } from './health.js';
import { addIbl } from './ibl.js';
import { addInfo } from './info.js';
import { addOptions } from './options-command.js';
import { addPlot } from './plot.js';
import { beQuiet } from './talk.js';
import { addView } from './view.js';

const examples = `Examples:
  spikelab info session/                     what is this, and how is it read?
  spikelab detect run_g0_t0.imec0.ap.bin     spikes of a recording
  spikelab convert sorted/ sorted.nwb        sorted spikes into another format
`;

const help = `
Exit codes: 0 done, 1 could not be done (one sentence on stderr says why), 2 wrong usage, 130 stopped by Ctrl-C.

spikelab detect --help shows the options of a command and examples; spikelab options lists those of every format.`;

/** A screen: what `--help` does and what an argument is called need no line. */
const briefHelp = {
  helpWidth: Math.min(process.stdout.columns ?? 100, 100),
  visibleArguments: () => [],
  visibleOptions: (command: Command) => command.options.filter(({ hidden }) => !hidden),
};

/** `signal` aborts the command that runs. */
export function makeProgram(signal: AbortSignal): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('spikelab')
    .description('Spike trains from the file formats of electrophysiology.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .option('--quiet', 'no progress, no warnings: the result, or the error')
    .option('--debug', 'where an error came from: its stack')
    .addHelpText('before', examples)
    .addHelpText('after', help)
    .showHelpAfterError('(--help shows how it is used)')
    .configureHelp(briefHelp)
    .exitOverride()
    .hook('preAction', () => {
      if (program.opts().quiet) beQuiet();
    });
  addInfo(program, signal);
  addDetect(program, signal);
  addHealth(program, signal);
  addConvert(program, signal);
  addBatch(program, signal);
  addBuild(program);
  addPlot(program, signal);
  addView(program, signal);
  addIbl(program, signal);
  addDandi(program, signal);
  addOptions(program);
  addDoctor(program);
  addCompletion(program);
  return program;
}
