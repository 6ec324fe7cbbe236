/**
 * What is done: one record an item in `out/.spikelab/records`, written after the output is in its place. `results.jsonl` has their
 * lines for people and programs; it is appended to as results come, and made whole from the records whenever a runner starts or ends.
 */
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchResult } from './contract.js';

export interface Record {
  readonly id: string;
  /** Tells this record from every other, also of the same item. */
  readonly token: string;
  /** Digest of the source's identity, the operation and its options, and this package's version. */
  readonly hash: string;
  /** Files of the output within `out`, and their sizes: a record whose files are not there counts for nothing. */
  readonly files: readonly { path: string; bytes: number }[];
  readonly result: BatchResult;
}

/** Records read at a time. */
const atOnce = 32;

export class Records {
  readonly #folder: string;
  readonly resultsPath: string;

  constructor(
    private readonly out: string,
    /** Where one runner at a time makes a new `results.jsonl`. */
    private readonly work: string,
  ) {
    this.#folder = join(out, '.spikelab', 'records');
    this.resultsPath = join(out, 'results.jsonl');
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  async read(id: string): Promise<Record | null> {
    try {
      const record: Record = JSON.parse(await readFile(join(this.#folder, `${id}.json`), 'utf8'));
      return record.id === id && typeof record.hash === 'string' && record.result?.id === id ? record : null;
    } catch {
      // none, or one that a failing disk left half: the item is done again
      return null;
    }
  }

  /** Whether the item needs nothing more: it was done from the same input in the same way, and its output is there. */
  async isDone(record: Record | null, hash: string): Promise<boolean> {
    if (!record || record.hash !== hash || record.result.status !== 'done') return false;
    for (const { path, bytes } of record.files) {
      const found = await stat(join(this.out, path)).catch(() => undefined);
      if (!found || (found.isFile() && found.size !== bytes)) return false;
    }
    return true;
  }

  /** @param folder of this claim alone: what a kill leaves there goes with it */
  async write(record: Record, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, '.record');
    await writeFile(temporary, `${JSON.stringify(record)}\n`);
    await rename(temporary, join(this.#folder, `${record.id}.json`));
  }

  /** In one write, so that lines of runners that append at the same moment do not mix. */
  async append(result: BatchResult): Promise<void> {
    const file = await open(this.resultsPath, 'a+');
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size) await file.read(last, 0, 1, size - 1);
      // a line that a killed runner left half must not swallow this one
      const start = size && last[0] !== 0x0a ? '\n' : '';
      await file.write(`${start}${JSON.stringify(result)}\n`);
    } finally {
      await file.close();
    }
  }

  async all(): Promise<Map<string, Record>> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json')).sort();
    const found = new Map<string, Record>();
    for (let at = 0; at < names.length; at += atOnce) {
      const ids = names.slice(at, at + atOnce).map((name) => name.slice(0, -'.json'.length));
      for (const record of await Promise.all(ids.map((id) => this.read(id)))) if (record) found.set(record.id, record);
    }
    return found;
  }

  /** One line a record, in the order in which they came; lines without a record, doubled and broken ones go. */
  async rebuild(records: ReadonlyMap<string, Record>): Promise<void> {
    const old = await readFile(this.resultsPath, 'utf8').catch(() => '');
    const ids = new Set(
      old
        .split('\n')
        .map(idOf)
        .filter((id) => id !== null && records.has(id)),
    );
    const wanted = [...ids, ...[...records.keys()].filter((id) => !ids.has(id))];
    const text = wanted.map((id) => `${JSON.stringify(records.get(id as string)?.result)}\n`).join('');
    if (text === old) return;
    const temporary = join(this.work, 'results.jsonl');
    await writeFile(temporary, text);
    await rename(temporary, this.resultsPath);
  }
}

function idOf(line: string): string | null {
  try {
    const { id } = JSON.parse(line);
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
