/** What a command does with the spikes that it has: a table or JSON on stdout, a picture or spikes in a file. */
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { duration } from '../picture/scale.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import { checkFolder, writePicture } from './picture-file.js';
import { type ChannelNoise, type RowKind, spikeJson, spikeTable } from './spike-table.js';
import { say } from './talk.js';
import { addTargetOptions, type Target, type TargetFlags, targetOf, writeTarget } from './target-options.js';

export interface OutputFlags extends TargetFlags {
  json?: boolean;
  times?: boolean;
  out?: string;
}

export function addOutputOptions(command: Command): Command {
  return addTargetOptions(
    command
      .optionsGroup('Output:')
      .option('--out <file>', 'write the spikes (.nwb, .h5, .pkl, a folder …), or draw them (.svg, .png)')
      .option('--json', 'print JSON instead of a table')
      .addOption(new Option('--times', 'every spike time in ms, as JSON').implies({ json: true })),
  );
}

const isPicture = (path: string) => ['.svg', '.png'].includes(extname(path).toLowerCase());

/** Before the work: what would make it useless after an hour. */
export async function checkOutput(flags: OutputFlags): Promise<Target | undefined> {
  if (!flags.out) return undefined;
  const target = isPicture(flags.out) && !flags.to ? undefined : targetOf(flags.out, flags, undefined);
  await checkFolder(flags.out);
  return target;
}

export interface Shown {
  readonly kind: RowKind;
  readonly title: string;
  /** How the spikes came to be, in words. */
  readonly origin: string;
  /** What stands first in the JSON. */
  readonly head: Record<string, unknown>;
  readonly noise?: ChannelNoise;
  /** What `checkOutput` said: spikes go there, not a picture. */
  readonly target?: Target;
}

export async function showSpikes(sd: SpikeData, flags: OutputFlags, shown: Shown): Promise<void> {
  const { kind, title, origin, head, noise, target } = shown;
  const spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  const summary = `${count(sd.N, kind)} · ${count(spikes, 'spike')} in ${duration(sd.length)}`;
  if (target) await writeTarget(target, sd);
  else if (flags.out) {
    const rowName = kind === 'unit' ? 'Unit' : 'Channel';
    await writePicture(flags.out, sd, { title, subtitle: `${summary} · ${origin}`, rowName });
  }
  const whole = { ...head, startTimeMs: sd.startTime, lengthMs: sd.length, spikes, report: sd.report };
  const text = flags.json
    ? spikeJson(sd, kind, whole, flags.times === true, noise)
    : `${summary} · ${origin}\n${spikeTable(sd, kind, noise)}\n`;
  process.stdout.write(text);
  if (flags.out) say(`wrote ${flags.out}`);
}

const count = (n: number, one: string) => `${n.toLocaleString('en-US')} ${one}${n === 1 ? '' : 's'}`;
