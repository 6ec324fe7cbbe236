/** An NWB file to be: HDF5 objects with the attributes that say what they are. */

import { randomUUID } from 'node:crypto';
import type { Hdf5Values } from '../../addon/hdf5-contract.js';
import { Hdf5Draft, numbers, reference, text, texts } from '../../containers/hdf5/draft.js';

const namespaces = {
  NWBFile: 'core',
  Units: 'core',
  ElectrodeGroup: 'core',
  Device: 'core',
  Subject: 'core',
  DynamicTable: 'hdmf-common',
  VectorData: 'hdmf-common',
  VectorIndex: 'hdmf-common',
  ElementIdentifiers: 'hdmf-common',
  DynamicTableRegion: 'hdmf-common',
} as const;
export type NeurodataType = keyof typeof namespaces;

export class NwbDraft extends Hdf5Draft {
  /** Every typed object says its type, the namespace that defines it, and an id of its own. */
  typed(path: string, type: NeurodataType): this {
    return this.attribute(path, 'neurodata_type', text(type))
      .attribute(path, 'namespace', text(namespaces[type]))
      .attribute(path, 'object_id', text(randomUUID()));
  }

  typedGroup(path: string, type: NeurodataType, description: string): this {
    return this.group(path).typed(path, type).attribute(path, 'description', text(description));
  }
}

/** A DynamicTable while its columns are added. */
export class TableDraft {
  readonly path: string;
  readonly #draft: NwbDraft;
  readonly #columns: string[] = [];

  constructor(
    draft: NwbDraft,
    path: string,
    type: 'DynamicTable' | 'Units',
    description: string,
    ids: readonly number[],
  ) {
    this.#draft = draft;
    this.path = path;
    const idPath = `${path}/id`;
    draft
      .typedGroup(path, type, description)
      .dataset(idPath, numbers(BigInt64Array.from(ids, BigInt)))
      .typed(idPath, 'ElementIdentifiers');
  }

  has(name: string): boolean {
    return this.#columns.includes(name);
  }

  /** `ends`: where each row of a ragged column ends; `table`: the table whose rows the values are. */
  column(
    name: string,
    description: string,
    values: Hdf5Values,
    more: { ends?: readonly number[]; indexName?: string; table?: string } = {},
  ): this {
    const { ends, indexName = `${name}_index`, table } = more;
    const path = `${this.path}/${name}`;
    this.#draft
      .dataset(path, values)
      .typed(path, table === undefined ? 'VectorData' : 'DynamicTableRegion')
      .attribute(path, 'description', text(description));
    if (table !== undefined) this.#draft.attribute(path, 'table', reference(table));
    if (ends) {
      const index = `${this.path}/${indexName}`;
      this.#draft
        .dataset(index, numbers(unsigned(ends)))
        .typed(index, 'VectorIndex')
        .attribute(index, 'description', text(`Index for VectorData '${name}'`))
        .attribute(index, 'target', reference(path));
    }
    this.#columns.push(name);
    return this;
  }

  /** Names the columns in the table: what is not named is not a column to other readers. */
  finish(): void {
    this.#draft.attribute(this.path, 'colnames', texts(this.#columns));
  }
}

/** The schema wants unsigned ends, wide enough for the last. */
function unsigned(ends: readonly number[]): Uint32Array | BigUint64Array {
  const last = ends.length ? ends[ends.length - 1] : 0;
  return last < 2 ** 32 ? Uint32Array.from(ends) : BigUint64Array.from(ends, BigInt);
}

/** Where each list ends among all of them, back to back. */
export function endsOfLists(lists: readonly ArrayLike<unknown>[]): number[] {
  let end = 0;
  return lists.map(({ length }) => {
    end += length;
    return end;
  });
}
