/**
 * Postgres in the data folder (PGlite). It runs in a thread of its own, since a query of it is computing, not waiting: requests go
 * on meanwhile.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Database } from './contract.js';
import type { FromThread, ToThread } from './embedded-messages.js';

interface Waiting {
  resolve(rows: unknown[]): void;
  reject(error: Error): void;
}

export class EmbeddedDatabase implements Database {
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #ended: Error | undefined;

  private constructor(
    private readonly thread: Worker,
    private readonly lock: string,
  ) {
    thread.on('message', (message: FromThread) => this.#hear(message));
    thread.on('error', (error) => this.#end(error));
    thread.on('exit', () => this.#end(new Error('The embedded database has ended')));
  }

  static async open(data: string): Promise<EmbeddedDatabase> {
    const folder = join(data, 'database');
    await mkdir(data, { recursive: true, mode: 0o700 });
    const lock = await takeLock(join(data, 'database.lock'));
    const thread = new Worker(threadFile(), {
      workerData: { folder, empty: here('../../database/empty.tar.gz') },
    });
    const database = new EmbeddedDatabase(thread, lock);
    try {
      await database.query('SELECT 1');
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.#ask({ kind: 'query', sql, values: [...values] }) as Promise<T[]>;
  }

  async script(sql: string): Promise<void> {
    await this.#ask({ kind: 'script', sql });
  }

  async executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const rows = await this.#ask(values?.length ? { kind: 'query', sql: text, values } : { kind: 'script', sql: text });
    return { rows };
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' }).catch(() => []);
    await this.thread.terminate();
    await rm(this.lock, { force: true });
  }

  #ask(message: ToThread): Promise<unknown[]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.thread.postMessage({ id, ...message });
    });
  }

  #hear({ id, rows, error }: FromThread): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else waiting?.resolve(rows);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Run from the TypeScript sources, the thread is the compiled one in dist. */
function threadFile(): string {
  const beside = here('./embedded-thread.js');
  return existsSync(beside) ? beside : here('../../dist/database/embedded-thread.js');
}

/** Two processes on one folder would ruin it. A lock of a process that is gone is taken over. */
async function takeLock(path: string): Promise<string> {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(`${process.pid} ${await startOf(process.pid)}`);
      await file.close();
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const [pid, start] = (await readFile(path, 'utf8').catch(() => '')).split(' ');
    if (Number(pid) > 0 && start === (await startOf(Number(pid)))) {
      throw new Error(
        `The database in the data folder is in use by process ${pid}; several processes need --database postgres://…`,
      );
    }
    await rm(path, { force: true });
  }
  throw new Error(`${path} cannot be made`);
}

/** When a process was started: another one may have its number by now, as in a container that was started again. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // the name, in brackets, may hold anything; the 22nd field is the start
  if (stat !== null) return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return process.platform === 'linux' || !lives(pid) ? 'gone' : 'unknown';
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
