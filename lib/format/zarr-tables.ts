/** Tables in a Zarr folder, as hdmf-zarr writes them. */
import type { NumericArray } from '../arrays.js';
import { UnsupportedError } from '../errors.js';
import type { Hdf5AttributeValue, Hdf5Region } from './hdf5.js';
import type { ArrayDescription, Rows, TableNode, TableSource } from './table-source.js';
import type { ZarrFolder } from './zarr.js';

export class ZarrTables implements TableSource {
  readonly format = 'zarr';
  readonly #folder: ZarrFolder;

  constructor(folder: ZarrFolder) {
    this.#folder = folder;
  }

  get path(): string {
    return this.#folder.path;
  }

  async children(group: string): Promise<TableNode[]> {
    const names = await this.#folder.children(group);
    return Promise.all(names.map(async (name) => ({ name, kind: await this.#kind(`${group}/${name}`) })));
  }

  async walk(): Promise<TableNode[]> {
    const out: TableNode[] = [];
    const visit = async (group: string): Promise<void> => {
      for (const { name, kind } of await this.children(group)) {
        out.push({ name: `${group}/${name}`, kind });
        if (kind === 'group') await visit(`${group}/${name}`);
      }
    };
    await visit('');
    return out;
  }

  async #kind(path: string): Promise<TableNode['kind']> {
    return (await this.#folder.isArray(path)) ? 'array' : 'group';
  }

  has(path: string): Promise<boolean> {
    return this.#folder.has(path);
  }

  async attributes(path: string): Promise<Record<string, Hdf5AttributeValue>> {
    const attributes = await this.#folder.attributes(path);
    const out: Record<string, Hdf5AttributeValue> = Object.create(null);
    for (const [name, value] of Object.entries(attributes)) out[name] = plainValue(value);
    return out;
  }

  async describe(path: string): Promise<ArrayDescription> {
    const { shape, dtype, attributes } = await this.#folder.describe(path);
    // a scalar is an array of one, and says so
    return { shape: attributes.zarr_dtype === 'scalar' ? [] : shape, kind: kindOf(dtype, attributes), dtype };
  }

  numbers(path: string, rows?: Rows): Promise<{ data: NumericArray; shape: number[] }> {
    return this.#folder.readNumbers(path, rows).then(({ data, shape }) => ({ data, shape: [...shape] }));
  }

  async floats(path: string, rows?: Rows): Promise<Float64Array> {
    const { data } = await this.#folder.readNumbers(path, rows);
    return data instanceof Float64Array ? data : Float64Array.from(data as ArrayLike<number>, Number);
  }

  texts(path: string): Promise<string[]> {
    return this.#folder.readTexts(path);
  }

  /** hdmf-zarr keeps them as pickles, which are never opened. */
  async references(path: string): Promise<string[]> {
    throw new UnsupportedError(
      'zarr references',
      `${this.path}: ${path} holds references as pickles, which are not read`,
    );
  }

  async regions(path: string): Promise<Hdf5Region[]> {
    return this.references(path).then(() => []);
  }

  close(): void {}
}

function kindOf(dtype: string, attributes: Record<string, unknown>): ArrayDescription['kind'] {
  if (dtype === 'bool') return 'bool';
  if (/^(u?int|float)\d+$/.test(dtype)) return 'number';
  if (attributes.zarr_dtype === 'object') return 'reference';
  return /^(string|v2:(object|U\d+|S\d+))$/.test(dtype) ? 'text' : 'other';
}

/** References become the path that they lead to: {zarr_dtype, value: {path}}. */
function plainValue(value: unknown): Hdf5AttributeValue {
  const path = (value as { value?: { path?: unknown } } | null)?.value?.path;
  if (typeof path === 'string') return path.startsWith('/') ? path : `/${path}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  if (value.every((item): item is string => typeof item === 'string')) return value;
  return value.every((item) => typeof item === 'number') ? Float64Array.from(value) : null;
}
