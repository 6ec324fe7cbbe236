/**
 * What the reader of tables (NWB) needs of a file, whatever it is stored in: a tree of groups and arrays with attributes.
 * Paths start with a slash.
 */
import type { NumericArray } from '../arrays.js';
import type { Hdf5AttributeValue, Hdf5File, Hdf5Region } from './hdf5.js';

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
}

/** Rows [start, end) of the first dimension. */
export type Rows = readonly [start: number, end: number];

export interface TableSource {
  readonly path: string;
  readonly format: 'hdf5' | 'zarr';
  /** Children of a group in the order of their names; links to other files are 'other'. */
  children(group: string): Promise<TableNode[]>;
  /** Everything below the root by path. */
  walk(): Promise<TableNode[]>;
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
    return Promise.all(entries.map(async ({ name, kind }) => ({ name, kind: await this.#kind(group, name, kind) })));
  }

  async walk(): Promise<TableNode[]> {
    const entries = await this.#file.walk('/');
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

  texts(path: string): Promise<string[]> {
    return this.#file.readStrings(path);
  }

  references(path: string): Promise<string[]> {
    return this.#file.readReferences(path);
  }

  regions(path: string): Promise<Hdf5Region[]> {
    return this.#file.readRegions(path);
  }

  close(): void {
    this.#file.close();
  }
}

function slab(rows: Rows | undefined): { start?: number[]; count?: number[] } {
  return rows ? { start: [rows[0]], count: [rows[1] - rows[0]] } : {};
}
