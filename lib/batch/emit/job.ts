/** What the files for every engine are made from: the list with costs, shares, and what one of them needs. */
import { posix, resolve } from 'node:path';
import { OptionError } from '../../core/errors.js';
import type { Work } from '../contract.js';
import { isRemote } from '../identity.js';
import type { BatchPlan } from '../plan.js';
import { shareOut } from '../shards.js';
import { packageVersion } from '../version.js';

export interface Job {
  /** JSON lines of items, with absolute sources and costs. */
  readonly list: string;
  readonly items: number;
  /** Absolute, or s3://. */
  readonly out: string;
  /** Array tasks, each with a share. */
  readonly tasks: number;
  /** Of each task. */
  readonly cores: number;
  readonly memoryMb: number;
  readonly minutes: number;
  /** The folder that holds every local source and local outputs: what a container must see. */
  readonly data: string;
  /** Where containers find the list. */
  readonly listPath: string;
  /** After the list: --out … */
  readonly flags: readonly string[];
  readonly version: string;
}

export interface JobOptions {
  readonly out: string;
  readonly tasks: number | undefined;
  /** Items at once in a task, and its cores. */
  readonly jobs: number | undefined;
  readonly retries: number | undefined;
  readonly untrusted: boolean;
  /** Place of `out` in S3. */
  readonly s3?: Readonly<Record<string, unknown>>;
}

/** A task that a cluster starts should last longer than its start, and no longer than what a preempted one loses. */
const taskSeconds = 1800;
/** Batch engines take arrays of so many. */
const mostTasks = 1000;
const coresOfTask = 2;
/** Beyond the plan: other nodes are slower, and other recordings of a kind have more spikes. */
const [timeMargin, memoryMargin] = [3, 1.3];
const leastMinutes = 15;

const secrets = ['awsAccessKeyId', 'awsSecretAccessKey', 'awsSessionToken', 'username', 'password'];

/** @throws OptionError for items with keys in their options: files are copied, and shown in dashboards */
export function jobOf(work: readonly Work[], plan: BatchPlan, options: JobOptions): Job {
  refuseSecrets(work);
  const { items, total } = plan;
  const cores = options.jobs ?? coresOfTask;
  const seconds = items.map((item) => item.seconds);
  const whole = seconds.reduce((sum, each) => sum + each, 0) / cores;
  const wanted = options.tasks ?? Math.min(mostTasks, Math.ceil(whole / taskSeconds));
  const tasks = Math.max(1, Math.min(wanted, work.length));
  const costs = seconds.map((each) => Math.round(each * 1000) / 1000);
  const lists = shareOut(costs, tasks);
  const longest = Math.max(...Array.from({ length: tasks }, (_, task) => secondsOf(task, lists, seconds, cores)));
  const most = items.map(({ memoryBytes }) => memoryBytes).sort((a, b) => b - a);
  const memory = total.memoryBytes - sumOf(most.slice(0, total.jobs)) + sumOf(most.slice(0, cores));
  const lines = work.map(({ id, source, do: operation, format, options: given, output }, i) =>
    JSON.stringify({ source: absolute(source), id, do: operation, format, options: given, output, cost: costs[i] }),
  );
  const out = absolute(options.out);
  const data = commonFolder([
    ...work.filter(({ source }) => !isRemote(source)).map(({ source }) => absolute(source)),
    ...(isRemote(out) ? [] : [`${out}/x`]),
  ]);
  const place = isRemote(out) ? Object.entries(options.s3 ?? {}).filter(([name]) => !secrets.includes(name)) : [];
  return {
    list: `${lines.join('\n')}\n`,
    items: work.length,
    out,
    tasks,
    cores,
    memoryMb: Math.ceil((memory * memoryMargin) / 2 ** 20),
    minutes: Math.max(leastMinutes, Math.ceil((longest * timeMargin) / 60)),
    data,
    listPath: posix.join(isRemote(out) ? data : out, 'items.jsonl'),
    flags: [
      ...['--jobs', String(cores)],
      ...(options.retries === undefined ? [] : ['--retries', String(options.retries)]),
      ...(options.untrusted ? ['--untrusted'] : []),
      ...place.flatMap(([name, value]) => ['--option', `${name}=${value}`]),
    ],
    version: packageVersion(),
  };
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function secondsOf(task: number, lists: readonly number[], seconds: readonly number[], cores: number): number {
  const own = seconds.filter((_, i) => lists[i] === task);
  return Math.max(sumOf(own) / cores, ...own, 0);
}

const absolute = (source: string) => (isRemote(source) || source.startsWith('file:') ? source : resolve(source));

/** Where everything is in S3, the list alone. */
function commonFolder(paths: readonly string[]): string {
  if (!paths.length) return '/data';
  const [first, ...others] = paths.map((path) => posix.dirname(path).split('/'));
  const common = others.reduce((a, b) => a.slice(0, a.findIndex((part, i) => part !== b[i]) >>> 0), first);
  return common.join('/') || '/';
}

function refuseSecrets(work: readonly Work[]): void {
  for (const { id, options } of work) {
    const secret = secrets.find((name) => name in options);
    if (secret === undefined) continue;
    const hint = 'Files for clusters are copied and shown: give keys to the tasks as their environment or role.';
    throw new OptionError(`${id}: options.${secret}`, 'left out', 'a secret', hint);
  }
}

/** One word of a POSIX shell, whatever is in it. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Lines of a header as comments. */
export const comments = (lines: readonly string[], mark = '#'): string =>
  lines.map((line) => `${mark} ${line}`.trimEnd()).join('\n');

/** What holds of each engine. */
export const again = [
  'Each task does its share of items.jsonl; what is done already is skipped, so submitting again after failures, preemption or with more',
  'items does only what is left. Exit code 3: some items cannot be done as they are (OUT/results.jsonl says which and why); 4: some',
  'failed for a reason that may pass.',
];
