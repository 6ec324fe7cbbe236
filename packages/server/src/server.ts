/** The service put together: database, queue, jobs and HTTP, started and stopped in order. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Settings } from './core/settings.js';
import { openDatabase } from './database/database.js';
import { Tokens } from './database/tokens.js';
import { makeApp } from './http/app.js';
import type { Service } from './http/context.js';
import { Executor } from './jobs/execute.js';
import { Janitor, newRunnerId } from './jobs/janitor.js';
import { Jobs } from './jobs/jobs.js';
import { Queue } from './jobs/queue.js';
import { Runner } from './jobs/runner.js';
import { Watch } from './jobs/watch.js';
import { Metrics } from './metrics/metrics.js';
import { Uploads } from './uploads/uploads.js';

export interface Server {
  /** http://127.0.0.1:8080 */
  readonly url: string;
  readonly tokens: Tokens;
  /** Takes nothing new, lets jobs end for a while or hands them back, then closes. */
  stop(): Promise<void>;
}

export async function startServer(settings: Settings, log: FastifyBaseLogger = logger(settings)): Promise<Server> {
  for (const name of ['uploads', 'results', 'work', 'tus']) {
    await mkdir(join(settings.data, name), { recursive: true, mode: 0o700 });
  }
  const database = await openDatabase(settings);
  const tokens = new Tokens(database);
  const uploads = new Uploads(database, settings);
  const jobs = new Jobs(database, settings.clientJobs);
  const queue = new Queue(database, (error) => log.error({ err: error }, 'queue'));
  const executor = new Executor(settings, uploads);
  const watch = new Watch(jobs);
  const metrics = new Metrics(database);
  await queue.start();
  const runner = new Runner(newRunnerId(), settings, { jobs, queue, executor, watch, metrics, log });
  const janitor = new Janitor(settings, { database, jobs, queue, executor, uploads, runner, log });
  let draining = false;
  const service: Service = {
    ...{ settings, database, tokens, uploads, jobs, queue, executor, watch, metrics },
    wake: () => runner.wake(),
    abort: (id) => runner.abort(id),
    isDraining: () => draining,
  };
  const app = await makeApp(service, log);
  await janitor.start();
  const url = await app.listen({ host: settings.host, port: settings.port });
  runner.start();
  log.info({ url, runner: runner.id, database: settings.database === null ? 'embedded' : 'postgres' }, 'listening');
  return {
    url,
    tokens,
    async stop() {
      draining = true;
      log.info({ running: runner.running.length }, 'stopping');
      await runner.drain();
      watch.stop();
      await app.close();
      await janitor.stop();
      await queue.stop();
      await database.close();
      log.info('stopped');
    },
  };
}

function logger({ logLevel }: Pick<Settings, 'logLevel'>): FastifyBaseLogger {
  // nothing that holds a secret is logged; what slips into an error all the same is struck out
  const redact = ['*.authorization', '*.cookie', '*.password', '*.token', '*.connectionString'];
  return pino({ level: logLevel, base: { pid: process.pid }, redact }) as unknown as FastifyBaseLogger;
}
