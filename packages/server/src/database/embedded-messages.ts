/** What the embedded database's thread is asked and answers. */

export type ToThread =
  | { kind: 'query'; sql: string; values: unknown[] }
  | { kind: 'script'; sql: string }
  | { kind: 'close' };

export interface FromThread {
  id: number;
  rows: unknown[];
  error?: { message: string; code?: string };
}
