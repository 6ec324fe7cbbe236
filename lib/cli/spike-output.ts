/** What a command does with the spikes that it has: a table or JSON on stdout, a picture in a file. */
import { type Command, Option } from 'commander';
import { duration } from '../picture/scale.js';
import type { SpikeData } from '../spike-data.js';
import { checkFolder, pictureFile, writePicture } from './picture-file.js';
import { type RowKind, spikeJson, spikeTable } from './spike-table.js';

export interface OutputFlags {
  json?: boolean;
  times?: boolean;
  out?: string;
}

export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--out <file>', 'draw the spikes over time into this .svg or .png', pictureFile)
    .option('--json', 'print JSON instead of a table')
    .addOption(new Option('--times', 'every spike time in ms, as JSON').implies({ json: true }));
}

/** Before the work: what would make it useless after an hour. */
export async function checkOutput(flags: OutputFlags): Promise<void> {
  if (flags.out) await checkFolder(flags.out);
}

export interface Shown {
  readonly kind: RowKind;
  readonly title: string;
  /** How the spikes came to be, in words. */
  readonly origin: string;
  /** What stands first in the JSON. */
  readonly head: Record<string, unknown>;
}

export async function showSpikes(
  sd: SpikeData,
  flags: OutputFlags,
  { kind, title, origin, head }: Shown,
): Promise<void> {
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  const summary = `${count(sd.N, kind)} · ${count(spikes, 'spike')} in ${duration(sd.length)}`;
  if (flags.out) {
    const rowName = kind === 'unit' ? 'Unit' : 'Channel';
    await writePicture(flags.out, sd, { title, subtitle: `${summary} · ${origin}`, rowName });
  }
  const whole = { ...head, startTimeMs: sd.startTime, lengthMs: sd.length, spikes, report: sd.report };
  const text = flags.json
    ? spikeJson(sd, kind, whole, flags.times === true)
    : `${summary} · ${origin}\n${spikeTable(sd, kind)}\n`;
  process.stdout.write(text);
  if (flags.out) process.stderr.write(`spikelab: wrote ${flags.out}\n`);
}

const count = (n: number, one: string) => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`;
