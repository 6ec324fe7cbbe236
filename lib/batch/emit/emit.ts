/** Ready files for the engines that labs run batches on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OptionNames, pickOptions } from '../../core/known-options.js';
import { s3OptionNames } from '../../core/options.js';
import { writeAtomically } from '../../io/atomic.js';
import type { BatchItem, BatchOptions } from '../contract.js';
import { workOf } from '../items.js';
import { planBatch } from '../plan.js';
import { awsBatchFiles } from './aws-batch.js';
import { type Job, type JobOptions, jobOf } from './job.js';
import { kubernetesFiles } from './kubernetes.js';
import { nextflowFiles } from './nextflow.js';
import { slurmFiles } from './slurm.js';

export const engines = ['slurm', 'kubernetes', 'aws-batch', 'nextflow'] as const;
export type Engine = (typeof engines)[number];

const makers: Readonly<Record<Engine, (job: Job) => Record<string, string>>> = {
  slurm: slurmFiles,
  kubernetes: kubernetesFiles,
  'aws-batch': awsBatchFiles,
  nextflow: nextflowFiles,
};

/**
 * Plans the batch on this machine and writes the list and the files of one engine. Files of the same names are replaced.
 *
 * @returns what was written, and what each task is given
 */
export async function emitBatch(
  engine: Engine,
  folder: string,
  items: readonly BatchItem[],
  options: BatchOptions,
  wanted: Pick<JobOptions, 'tasks'>,
): Promise<{ files: string[]; job: Job }> {
  const work = await workOf(items, options);
  const { out, jobs, retries, isolate } = options;
  const asked = {
    ...wanted,
    out,
    jobs,
    retries,
    untrusted: isolate === true,
    s3: pickOptions(options, s3OptionNames as OptionNames<BatchOptions>),
  };
  const job = jobOf(work, await planBatch(items, options), asked);
  const files = { 'items.jsonl': job.list, ...makers[engine](job) };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeAtomically(join(folder, name), (temporary) => writeFile(temporary, text), '--into');
  }
  return { files: Object.keys(files), job };
}
