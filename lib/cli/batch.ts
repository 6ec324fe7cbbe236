/** `spikelab batch`: a list of recordings or sortings, each done once, whatever is killed and started again. */
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { classify } from '../batch/classify.js';
import { type BatchItem, type BatchOptions, type BatchResult, type Operation, operations } from '../batch/contract.js';
import { type Engine, emitBatch, engines } from '../batch/emit/emit.js';
import { itemsOf } from '../batch/list.js';
import { shardOfTask } from '../batch/shards.js';
import { OptionError, SpikeLabError } from '../core/errors.js';
import { type OptionNames, pickOptions } from '../core/known-options.js';
import { s3OptionNames } from '../core/options.js';
import { planBatch, runBatch } from '../index.js';
import { duration } from '../picture/scale.js';
import { planText } from './batch-plan.js';
import { failure } from './failure.js';
import { keyValue } from './key-values.js';
import { finiteNumber, positiveInteger, positiveNumber } from './numbers.js';
import { progressBar } from './progress-bar.js';
import { isQuiet, say } from './talk.js';

interface BatchFlags {
  out: string;
  do?: Operation;
  format?: string;
  option?: Record<string, unknown>;
  jobs?: number;
  memory?: number;
  shard?: [number, number];
  retries?: number;
  stale?: number;
  untrusted?: boolean;
  plan?: boolean;
  json?: boolean;
  emit?: Engine;
  into?: string;
  tasks?: number;
}

const examples = `Examples:
  spikelab batch recordings.jsonl --out spikes                     spikes of each, as Parquet
  spikelab batch 'data/**/*.raw.h5' --out spikes --option thresholdSigma=6
  spikelab batch sessions.csv --out nwb --do convert --format nwb  sorted spikes of each
  spikelab batch recordings.jsonl --out spikes --plan              how long, how much memory, how large
  spikelab batch recordings.jsonl --out spikes --emit slurm        files for a cluster
`;

const help = `
LIST is a .jsonl file with an object a line (source; id, do, format, options, output), a .csv with these columns and one an option, a
.txt with a source a line, a folder, a pattern in quotes, or an s3:// prefix. Started again, it goes on where it ended.

Exit codes: 0 all done, 3 some items cannot be done as they are, 4 some failed for a reason that may pass: start it again.`;

export function addBatch(program: Command, signal: AbortSignal): void {
  program
    .command('batch')
    .summary('do a list of recordings, each once, with every core busy')
    .description(
      'Does a list of items, as many at once as cores and memory allow, and prints a JSON line for each; OUT/results.jsonl has them too.',
    )
    .addHelpText('before', examples)
    .addHelpText('after', help)
    .argument('<list>', 'a list, a folder, a pattern or an s3:// prefix')
    .requiredOption('--out <folder>', 'where outputs, results and records go; or s3://bucket/prefix')
    .optionsGroup('Items (where the list does not say):')
    .addOption(new Option('--do <operation>', 'what is done (default: detect)').choices(operations))
    .option('--format <name>', 'what is written (default: parquet; of pictures svg)')
    .option('--option <key=value>', 'an option of the operation, by its name in the library; may be repeated', keyValue)
    .optionsGroup('Work:')
    .option('--jobs <n>', 'items at once (default: one a core, more of small or remote ones)', positiveInteger)
    .option('--memory <GB>', 'what all may use together (default: 80 % of what there is)', positiveNumber)
    .option('--shard <i/n>', 'only share i of n (default in array tasks: the share of the task)', shard)
    .option('--retries <n>', 'further tries after a failure that may pass (default: 2)', retries)
    .option(
      '--stale <seconds>',
      'a silent runner on another machine is dead after so long (default: 60)',
      positiveNumber,
    )
    .option('--untrusted', 'for files from strangers: read in confined child processes')
    .option('--plan', 'do nothing, but say what each item and all will take, after short runs on this machine')
    .option('--json', 'the plan as JSON')
    .optionsGroup('Clusters:')
    .addOption(new Option('--emit <engine>', 'do nothing, but write ready files').choices(engines))
    .option('--into <folder>', 'where to (default: spikelab-ENGINE)')
    .option('--tasks <n>', 'array tasks (default: of about half an hour each)', positiveInteger)
    .action((list: string, flags: BatchFlags) => batch(list, flags, signal));
}

/** 1/8 … 8/8, as people count. */
function shard(text: string): [number, number] {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (!(Number(index) >= 1 && Number(index) <= Number(count))) {
    throw new InvalidArgumentError('It must be i/n, with i from 1 to n: 3/8.');
  }
  return [Number(index) - 1, Number(count)];
}

function retries(text: string): number {
  const value = finiteNumber(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number of at least 0.');
  return value;
}

async function batch(list: string, flags: BatchFlags, signal: AbortSignal): Promise<void> {
  const items = await listed(list, flags, signal);
  const share = flags.shard ?? shardOfTask(process.env) ?? undefined;
  const options = {
    // one account for all: where OUT has another, AWS_PROFILE and the like are for it
    ...pickOptions(flags.option ?? {}, s3OptionNames as OptionNames<BatchOptions>),
    out: flags.out,
    jobs: flags.jobs,
    memoryBytes: flags.memory === undefined ? undefined : flags.memory * 1e9,
    isolate: flags.untrusted,
    retries: flags.retries,
    staleMs: flags.stale === undefined ? undefined : flags.stale * 1000,
    signal,
  };
  if (flags.plan) {
    const plan = await planBatch(items, options);
    process.stdout.write(flags.json ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan));
    return;
  }
  if (flags.emit) return emit(flags.emit, items, flags, options);
  if (share) say(`share ${share[0] + 1} of ${share[1]}`);
  const bar = isQuiet() ? { onProgress: undefined, stop() {} } : progressBar();
  const counts = new Map<BatchResult['status'], number>();
  const start = performance.now();
  try {
    const results = runBatch(items, { ...options, shard: share, onProgress: bar.onProgress });
    for await (const result of results) {
      counts.set(result.status, (counts.get(result.status) ?? 0) + 1);
      if (process.stdout.isTTY) bar.stop();
      process.stdout.write(`${JSON.stringify(result)}\n`);
    }
  } catch (error) {
    if (signal.aborted || !mayPass(error)) throw error;
    // a disk that is full, a server that is away: what is done stays done
    process.stderr.write(`spikelab: ${failure(error).message}\n`);
    process.exitCode = 4;
    return;
  } finally {
    bar.stop();
  }
  const took = duration(performance.now() - start);
  say(
    `${[...counts].map(([status, count]) => `${count} ${status}`).join(', ') || 'nothing'} in ${took}; ${flags.out}/results.jsonl has a line for each`,
  );
  process.exitCode = exitCodeOf(counts);
}

async function emit(engine: Engine, items: BatchItem[], flags: BatchFlags, options: BatchOptions): Promise<void> {
  const folder = flags.into ?? `spikelab-${engine}`;
  const { files, job } = await emitBatch(engine, folder, items, options, { tasks: flags.tasks });
  const { tasks, cores, memoryMb, minutes } = job;
  process.stdout.write(
    `${job.items} items, ${tasks} tasks of ${cores} cores, ${memoryMb} MiB and at most ${minutes} min each; wrote ${files.map((file) => join(folder, file)).join(', ')}\n`,
  );
}

/** Of what went wrong with OUT. */
function mayPass(error: unknown): boolean {
  const cause = error instanceof SpikeLabError && error.code === 'ERR_WRITE' ? error.cause : error;
  return classify(cause).status === 'temporary';
}

/** What may pass goes first: a job manager that starts it again gets to the others, too. */
function exitCodeOf(counts: ReadonlyMap<BatchResult['status'], number>): number {
  if (counts.get('temporary')) return 4;
  return counts.get('bad-input') || counts.get('bug') ? 3 : 0;
}

/** The list, with what the flags say where it does not. */
async function listed(list: string, flags: BatchFlags, signal: AbortSignal): Promise<BatchItem[]> {
  const { option = {}, do: operation = 'detect', format } = flags;
  for (const name of ['source', 'id', 'do', 'output']) {
    if (name in option) throw new OptionError('--option', 'an option of the operation', name);
  }
  const items = await itemsOf(list, operation, { ...option, signal });
  return items.map((item) => ({
    ...item,
    do: item.do ?? operation,
    ...(format === undefined ? {} : { format: item.format ?? format }),
    ...(Object.keys(option).length || item.options ? { options: { ...option, ...item.options } } : {}),
  }));
}
