/** Where rows are kept, through one small door. */

export interface Database {
  /** One statement. */
  query<T = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** Several statements without values. */
  script(sql: string): Promise<void>;
  /** For pg-boss, which has one door for both. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  close(): Promise<void>;
}
