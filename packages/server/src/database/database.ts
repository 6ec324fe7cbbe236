/** Opens the database: Postgres, of another process or embedded in this one. */
import pg from 'pg';
import type { Settings } from '../core/settings.js';
import type { Database } from './contract.js';
import { EmbeddedDatabase } from './embedded.js';
import { schema } from './schema.js';

export async function openDatabase({ database, data }: Pick<Settings, 'database' | 'data'>): Promise<Database> {
  const opened = database === null ? await EmbeddedDatabase.open(data) : new PostgresDatabase(database);
  try {
    await opened.script(schema);
    return opened;
  } catch (error) {
    await opened.close().catch(() => {});
    throw error;
  }
}

/** Connections of one process: requests are short, and wait in the pool for a moment rather than fail. */
const mostConnections = 10;

class PostgresDatabase implements Database {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: mostConnections,
      application_name: 'spikelab-server',
      connectionTimeoutMillis: 10_000,
    });
    // a connection that breaks while it is idle: the next query opens another, and says so where it cannot
    this.#pool.on('error', () => {});
  }

  async query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.#pool.query(sql, [...values])).rows as T[];
  }

  async script(sql: string): Promise<void> {
    await this.#pool.query(sql);
  }

  async executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    return values?.length ? this.#pool.query(text, values) : this.#pool.query(text);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
