/**
 * What is done: one record an item in `out/.spikelab/records`, written after the output is in its place. `results.jsonl` has their
 * lines for people and programs; it is appended to as results come, and made whole from the records whenever a runner starts or ends.
 */
import { posix } from 'node:path';
import type { BatchResult } from './contract.js';
import type { OutputFile, Place } from './place.js';

const { join } = posix;

export interface Record {
  readonly id: string;
  /** Tells this record from every other, also of the same item. */
  readonly token: string;
  /** Digest of the source's identity, the operation and its options, and this package's version. */
  readonly hash: string;
  /** Files of the output within `out`, and their sizes: a record whose files are not there counts for nothing. */
  readonly files: readonly OutputFile[];
  readonly result: BatchResult;
}

const folder = '.spikelab/records';
const resultsName = 'results.jsonl';

export class Records {
  constructor(private readonly place: Place) {}

  async read(id: string): Promise<Record | null> {
    return recordOf(id, await this.place.read(join(folder, `${id}.json`)));
  }

  /** Whether the item needs nothing more: it was done from the same input in the same way, and its output is there. */
  async isDone(record: Record | null, hash: string): Promise<boolean> {
    if (!record || record.hash !== hash || record.result.status !== 'done') return false;
    for (const file of record.files) if (!(await this.place.has(file))) return false;
    return true;
  }

  /** @param own folder of this claim alone: what a kill leaves there goes with it */
  write(record: Record, own: string): Promise<void> {
    return this.place.write(join(folder, `${record.id}.json`), `${JSON.stringify(record)}\n`, own);
  }

  append(result: BatchResult): Promise<void> {
    return this.place.append(resultsName, JSON.stringify(result));
  }

  async all(): Promise<Map<string, Record>> {
    const found = new Map<string, Record>();
    for (const [name, text] of await this.place.readAll(folder)) {
      const record = name.endsWith('.json') ? recordOf(name.slice(0, -'.json'.length), text) : null;
      if (record) found.set(record.id, record);
    }
    return found;
  }

  /** By one runner at a time. One line a record, in the order in which they came; lines without a record, doubled and broken ones go. */
  async rebuild(records: ReadonlyMap<string, Record>): Promise<void> {
    const old = (await this.place.read(resultsName)) ?? '';
    const ids = new Set(
      old
        .split('\n')
        .map(idOf)
        .filter((id) => id !== null && records.has(id)),
    );
    const wanted = [...ids, ...[...records.keys()].filter((id) => !ids.has(id))];
    const text = wanted.map((id) => `${JSON.stringify(records.get(id as string)?.result)}\n`).join('');
    if (text !== old) await this.place.write(resultsName, text);
  }
}

/** Null for none, and for one that a failing disk left half: the item is done again. */
function recordOf(id: string, text: string | null): Record | null {
  try {
    const record: Record = JSON.parse(text ?? '');
    return record.id === id && typeof record.hash === 'string' && record.result?.id === id ? record : null;
  } catch {
    return null;
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
