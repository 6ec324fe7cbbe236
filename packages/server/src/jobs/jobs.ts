/** The rows of jobs. Each change of state is one statement that only one process can make. */
import { randomUUID } from 'node:crypto';
import { notFound, Problem } from '../core/problem.js';
import type { Database } from '../database/contract.js';
import type { Client } from '../database/tokens.js';
import type { CheckedRequest, Operation } from './request.js';

export type JobState = 'queued' | 'active' | 'done' | 'failed' | 'cancelled';

export interface Output {
  /** Within the folder of the result. */
  readonly name: string;
  readonly format: string;
  readonly bytes: number;
}

/** What became of a job: counts and warnings, and of one that failed why. */
export interface Outcome {
  readonly units: number;
  readonly spikes: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly warnings: readonly { code: string; message: string }[];
  readonly problem: { status: number; code: string; detail: string } | null;
}

export interface Job {
  readonly id: string;
  readonly owner: string;
  readonly upload: string | null;
  readonly source: string;
  readonly operation: Operation;
  readonly formats: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly priority: number;
  readonly state: JobState;
  readonly attempt: number;
  readonly runner: string | null;
  readonly delivery: string | null;
  readonly progress: number;
  readonly created: Date;
  readonly started: Date | null;
  readonly ended: Date | null;
  readonly outcome: Outcome | null;
  readonly outputs: readonly Output[];
}

export const isOpen = ({ state }: Pick<Job, 'state'>) => state === 'queued' || state === 'active';

/** A job whose process died so often is one that kills processes. */
const mostAttempts = 5;

const died: Outcome = {
  ...{ units: 0, spikes: 0, seconds: 0, peakBytes: 0, warnings: [] },
  problem: { status: 500, code: 'ERR_WORKER', detail: `The process that did this job died ${mostAttempts} times.` },
};

export class Jobs {
  constructor(
    private readonly database: Database,
    private readonly clientJobs: number,
  ) {}

  /** @param source within the upload, or one that the operator allowed. @throws Problem */
  async create(
    client: Client,
    upload: string | null,
    source: string,
    { operation, formats, options, priority }: CheckedRequest,
  ): Promise<Job> {
    const [row] = await this.database.query<Job>(
      `INSERT INTO spikelab.jobs (id, owner, upload, source, operation, formats, options, priority, delivery)
       SELECT $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9
       WHERE (SELECT count(*) FROM spikelab.jobs WHERE owner = $2 AND state IN ('queued', 'active')) < $10
         AND ($3::text IS NULL OR EXISTS (SELECT 1 FROM spikelab.uploads WHERE id = $3 AND state = 'ready'))
       RETURNING *`,
      [
        ...[randomUUID(), client.id, upload, source, operation, JSON.stringify(formats), JSON.stringify(options)],
        ...[priority, randomUUID(), this.clientJobs],
      ],
    );
    if (!row) {
      const message = `You have ${this.clientJobs} jobs that wait or run; wait until some have ended.`;
      throw new Problem(429, 'ERR_QUOTA', message, { headers: { 'retry-after': '10' } });
    }
    if (upload) await this.database.query('UPDATE spikelab.uploads SET used = now() WHERE id = $1', [upload]);
    return row;
  }

  /** @throws Problem */
  async get(client: Client, id: string): Promise<Job> {
    const [row] = await this.database.query<Job>('SELECT * FROM spikelab.jobs WHERE id = $1 AND (owner = $2 OR $3)', [
      ...[id, client.id, client.scopes.has('admin')],
    ]);
    if (!row) throw notFound('job');
    return row;
  }

  list(client: Client, state: string | null, limit: number): Promise<Job[]> {
    return this.database.query(
      `SELECT * FROM spikelab.jobs WHERE (owner = $1 OR $2) AND ($3::text IS NULL OR state = $3)
       ORDER BY created DESC LIMIT $4`,
      [client.id, client.scopes.has('admin'), state, limit],
    );
  }

  states(ids: readonly string[]): Promise<Job[]> {
    return this.database.query('SELECT * FROM spikelab.jobs WHERE id = ANY($1::text[])', [ids]);
  }

  async progress({ id, attempt, runner }: Job, share: number): Promise<void> {
    await this.database.query(
      `UPDATE spikelab.jobs SET progress = $4 WHERE id = $1 AND attempt = $2 AND runner = $3 AND state = 'active'`,
      [id, attempt, runner, share],
    );
  }

  /** False where the job is not this process's any more: then what it made is nobody's. */
  async finish(job: Job, outcome: Outcome, outputs: readonly Output[]): Promise<boolean> {
    const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
    const rows = await this.database.query(
      `UPDATE spikelab.jobs SET state = $4, ended = now(), progress = 1, outcome = $5::jsonb, outputs = $6::jsonb, bytes = $7
       WHERE id = $1 AND attempt = $2 AND runner = $3 AND state = 'active' RETURNING id`,
      [
        ...[job.id, job.attempt, job.runner, outcome.problem ? 'failed' : 'done'],
        ...[JSON.stringify(outcome), JSON.stringify(outputs), bytes],
      ],
    );
    return rows.length > 0;
  }

  /** Back into the queue, for another process or another time. @returns the new delivery, null where it is not ours any more */
  async handBack({ id, attempt, runner }: Job): Promise<string | null> {
    const delivery = randomUUID();
    const rows = await this.database.query(
      `UPDATE spikelab.jobs SET state = 'queued', queued = now(), runner = NULL, progress = 0, delivery = $4
       WHERE id = $1 AND attempt = $2 AND runner = $3 AND state = 'active' RETURNING id`,
      [id, attempt, runner, delivery],
    );
    return rows.length ? delivery : null;
  }

  /** The job as it was; it does not run on. */
  async cancel(id: string): Promise<void> {
    await this.database.query(
      `WITH gone AS (UPDATE spikelab.jobs SET state = 'cancelled', ended = now()
         WHERE id = $1 AND state IN ('queued', 'active') RETURNING delivery)
       UPDATE pgboss.job SET state = 'completed', completed_on = now()
       WHERE name = 'jobs' AND state < 'active' AND id IN (SELECT delivery::uuid FROM gone)`,
      [id],
    );
  }

  async remove(id: string): Promise<boolean> {
    const rows = await this.database.query(
      `DELETE FROM spikelab.jobs WHERE id = $1 AND state NOT IN ('queued', 'active') RETURNING id`,
      [id],
    );
    return rows.length > 0;
  }

  /** Jobs of processes that gave no sign of life: waiting again, or failed where that happened too often. */
  async reclaim(staleMs: number): Promise<Job[]> {
    return this.database.query(
      `UPDATE spikelab.jobs SET
         state = CASE WHEN attempt >= $2 THEN 'failed' ELSE 'queued' END,
         outcome = CASE WHEN attempt >= $2 THEN $3::jsonb END,
         ended = CASE WHEN attempt >= $2 THEN now() END,
         runner = NULL, queued = now(), progress = 0, delivery = gen_random_uuid()::text
       WHERE state = 'active' AND NOT EXISTS (
         SELECT 1 FROM spikelab.runners WHERE runners.id = jobs.runner AND beat > now() - make_interval(secs => $1))
       RETURNING *`,
      [staleMs / 1000, mostAttempts, JSON.stringify(died)],
    );
  }

  /** Waiting jobs that the queue does not know: a process died between the two. */
  async undelivered(staleMs: number): Promise<Job[]> {
    return this.database.query(
      `UPDATE spikelab.jobs SET queued = now(), delivery = gen_random_uuid()::text
       WHERE state = 'queued' AND queued < now() - make_interval(secs => $1) AND NOT EXISTS (
         SELECT 1 FROM pgboss.job WHERE name = 'jobs' AND job.id = jobs.delivery::uuid AND job.state < 'active')
       RETURNING *`,
      [staleMs / 1000],
    );
  }
}
