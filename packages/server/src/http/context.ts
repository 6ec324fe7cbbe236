/** What every route works with. */
import type { FastifyRequest } from 'fastify';
import type { Settings } from '../core/settings.js';
import type { Database } from '../database/contract.js';
import type { Client, Scope, Tokens } from '../database/tokens.js';
import type { Executor } from '../jobs/execute.js';
import type { Jobs } from '../jobs/jobs.js';
import type { Queue } from '../jobs/queue.js';
import type { Watch } from '../jobs/watch.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Uploads } from '../uploads/uploads.js';

export interface Service {
  readonly settings: Settings;
  readonly database: Database;
  readonly tokens: Tokens;
  readonly uploads: Uploads;
  readonly jobs: Jobs;
  readonly queue: Queue;
  readonly executor: Executor;
  readonly watch: Watch;
  readonly metrics: Metrics;
  /** There is a new job: of this process a free place may take it at once. */
  wake(): void;
  /** Ends a job that runs in this process. */
  abort(id: string): void;
  isDraining(): boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a client must be allowed; null for routes that are open to all. Default: read for GET, else write. */
    scope?: Scope | null;
    /** Nobody counts how often it is asked. */
    isUnlimited?: true;
  }
  interface FastifyRequest {
    client: Client | null;
  }
}

/** Routes that need a scope have a client. */
export const clientOf = (request: FastifyRequest): Client => request.client as Client;
