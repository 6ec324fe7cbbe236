/** The service put together: database, queue, jobs and HTTP, started and stopped in order. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { Settings } from './core/settings.js';
import type { Database } from './database/contract.js';
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
import { FolderStore } from './uploads/folder-store.js';
import { S3Store } from './uploads/s3-store.js';
import type { Store } from './uploads/store.js';
import { Uploads } from './uploads/uploads.js';

export interface Server {
  /** http://127.0.0.1:8080 */
  readonly url: string;
  readonly tokens: Tokens;
  readonly database: Database;
  readonly janitor: Pick<Janitor, 'tidy' | 'sweep'>;
  /** Takes nothing new, lets jobs end for a while or hands them back, then closes. */
  stop(): Promise<void>;
}

export async function startServer(settings: Settings, log: FastifyBaseLogger = logger(settings)): Promise<Server> {
  for (const name of ['uploads', 'results', 'work', 'tus']) {
    await mkdir(join(settings.data, name), { recursive: true, mode: 0o700 });
  }
  const database = await openDatabase(settings);
  const store = await openStore(settings, database, log).catch(async (error) => {
    await database.close();
    throw error;
  });
  const tokens = new Tokens(database);
  const uploads = new Uploads(database, settings, store, await placeOf(settings.data));
  const jobs = new Jobs(database, settings.clientJobs);
  const queue = new Queue(database, (error) => log.error({ err: error }, 'queue'));
  const executor = new Executor(settings, uploads, store);
  const watch = new Watch(jobs);
  const metrics = new Metrics(database);
  await queue.start();
  const runner = new Runner(newRunnerId(), settings, { jobs, queue, executor, watch, metrics, log });
  const janitor = new Janitor(settings, { database, jobs, queue, executor, uploads, store, runner, log });
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
    ...{ url, tokens, database, janitor },
    async stop() {
      draining = true;
      log.info({ running: runner.running.length }, 'stopping');
      await runner.drain();
      watch.stop();
      await app.close();
      await janitor.stop();
      await queue.stop();
      await database.close();
      store.close();
      log.info('stopped');
    },
  };
}

async function openStore(settings: Settings, database: Database, log: FastifyBaseLogger): Promise<Store> {
  const { store: url, storeEndpoint: endpoint, data, keepFree } = settings;
  if (url === null) return new FolderStore(data);
  const [{ id }] = await database.query<{ id: string }>('SELECT id FROM spikelab.self');
  const onError = (error: unknown) => log.error({ err: error }, 'store');
  return S3Store.open({ url, endpoint, database: id, keepFree, onError });
}

/** Which data folder this is: processes that share it find the same. */
async function placeOf(data: string): Promise<string> {
  const [file, mine] = [join(data, 'place'), join(data, `place-${randomUUID()}`)];
  // a file that has its text when it has its name
  await writeFile(mine, randomUUID(), { mode: 0o600 });
  await link(mine, file).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(mine);
  return readFile(file, 'utf8');
}

function logger({ logLevel }: Pick<Settings, 'logLevel'>): FastifyBaseLogger {
  // nothing that holds a secret is logged; what slips into an error all the same is struck out
  const redact = ['*.authorization', '*.cookie', '*.password', '*.token', '*.connectionString'];
  return pino({ level: logLevel, base: { pid: process.pid }, redact }) as unknown as FastifyBaseLogger;
}
