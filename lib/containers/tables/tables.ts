/**
 * What the reader of tables (NWB) needs of a file, whatever it is stored in: a tree of groups and arrays with attributes.
 * Paths start with a slash.
 */

import type { Hdf5AttributeValue, Hdf5Region } from '../../addon/hdf5-contract.js';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { Hdf5Column, Hdf5File } from '../hdf5/file.js';

export interface TableNode {
  name: string;
  kind: 'group' | 'array' | 'other';
}

export interface ArrayDescription {
  /** [] for a scalar, null for nothing at all. */
  shape: number[] | null;
  kind: 'number' | 'bool' | 'text' | 'reference' | 'region' | 'other';
  /** The stored type in its format's own words, for messages. */
  dtype: string;
  /** Rows of the first dimension that are stored together, where each read decodes all of them. */
  chunkRows?: number;
}

/** The fields of an array of records, a column each. */
export type TableRecords = Record<string, Hdf5Column>;

/** Rows [start, end) of the first dimension. */
export type Rows = readonly [start: number, end: number];

export interface TableSource {
  readonly path: string;
  readonly format: 'hdf5' | 'zarr';
  /** Children of a group in the order of their names; links to other files are 'other'. */
  children(group: string): Promise<TableNode[]>;
  /** Everything below a group, by default the root, by path. */
  walk(group?: string): Promise<TableNode[]>;
  has(path: string): Promise<boolean>;
  /** References are given as the paths that they lead to. */
  attributes(path: string): Promise<Record<string, Hdf5AttributeValue>>;
  describe(path: string): Promise<ArrayDescription>;
  numbers(path: string, rows?: Rows): Promise<{ data: NumericArray; shape: number[] }>;
  floats(path: string, rows?: Rows): Promise<Float64Array>;
  texts(path: string): Promise<string[]>;
  /** Paths of the objects that an array of references points at. */
  references(path: string): Promise<string[]>;
  regions(path: string): Promise<Hdf5Region[]>;
  records(path: string): Promise<TableRecords>;
  /** Where a child of a group is kept that is a link which is not followed; undefined: there is no such link. */
  linkOut(group: string, name: string): Promise<string | undefined>;
  close(): void;
}

const kinds: Record<string, ArrayDescription['kind']> = {
  integer: 'number',
  float: 'number',
  bool: 'bool',
  string: 'text',
  reference: 'reference',
  'region-reference': 'region',
};

export class Hdf5Tables implements TableSource {
  readonly format = 'hdf5';
  readonly #file: Hdf5File;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  async children(group: string): Promise<TableNode[]> {
    const entries = await this.#file.list(group);
    return allOrFirstFault(
      entries.map(async ({ name, kind }) => ({ name, kind: await this.#kind(group, name, kind) })),
    );
  }

  async walk(group = '/'): Promise<TableNode[]> {
    const entries = await this.#file.walk(group);
    return entries.map(({ name, kind }) => ({
      name: name.startsWith('/') ? name : `/${name}`,
      kind: kind === 'dataset' ? 'array' : kind === 'group' ? 'group' : 'other',
    }));
  }

  /** Soft links count as what they lead to, where they lead anywhere. */
  async #kind(group: string, name: string, kind: string): Promise<TableNode['kind']> {
    if (kind === 'dataset') return 'array';
    if (kind === 'group') return 'group';
    const path = `${group}/${name}`;
    if (kind !== 'soft-link' || !(await this.#file.has(path))) return 'other';
    return (await this.#file.describe(path)).kind === 'dataset' ? 'array' : 'group';
  }

  has(path: string): Promise<boolean> {
    return this.#file.has(path);
  }

  attributes(path: string): Promise<Record<string, Hdf5AttributeValue>> {
    return this.#file.attributes(path);
  }

  async describe(path: string): Promise<ArrayDescription> {
    const { shape, dtype } = await this.#file.describeDataset(path);
    return { shape, kind: kinds[dtype.class] ?? 'other', dtype: dtype.name };
  }

  numbers(path: string, rows?: Rows): Promise<{ data: NumericArray; shape: number[] }> {
    return this.#file.read(path, slab(rows));
  }

  async floats(path: string, rows?: Rows): Promise<Float64Array> {
    return (await this.#file.read(path, { as: 'float64', ...slab(rows) })).data;
  }

  /** @throws FormatError for text that is no UTF-8: what could not be read would make different texts one */
  async texts(path: string): Promise<string[]> {
    const texts = await this.#file.readStrings(path);
    const at = texts.findIndex((text) => text.includes('\ufffd'));
    if (at < 0) return texts;
    const message = `${this.path}: text in UTF-8 was expected at ${path}, found other bytes in row ${at}`;
    throw new FormatError(message, { path: this.path, location: path });
  }

  references(path: string): Promise<string[]> {
    return this.#file.readReferences(path);
  }

  regions(path: string): Promise<Hdf5Region[]> {
    return this.#file.readRegions(path);
  }

  records(path: string): Promise<TableRecords> {
    return this.#file.readCompound(path);
  }

  async linkOut(group: string, name: string): Promise<string | undefined> {
    const entry = (await this.#file.list(group || '/')).find((child) => child.name === name);
    if (entry?.kind === 'external-link') return 'another file';
    return entry?.kind === 'soft-link' && !(await this.#file.has(`${group}/${name}`))
      ? 'a place that is not there'
      : undefined;
  }

  close(): void {
    this.#file.close();
  }
}

function slab(rows: Rows | undefined): { start?: number[]; count?: number[] } {
  return rows ? { start: [rows[0]], count: [rows[1] - rows[0]] } : {};
}
