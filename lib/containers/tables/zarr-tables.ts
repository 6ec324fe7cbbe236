/** Tables in a Zarr folder, as hdmf-zarr writes them. */

import type { Hdf5AttributeValue, Hdf5Region } from '../../addon/hdf5-contract.js';
import type { NumericArray } from '../../core/arrays.js';
import { UnsupportedError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { ZarrFolder } from '../zarr/folder.js';
import type { ArrayDescription, Rows, TableNode, TableRecords, TableSource } from './tables.js';

/** An object that lies elsewhere: `source` is '.' for the same folder, else the path of another one. */
interface ZarrLink {
  name: string;
  source?: unknown;
  path?: unknown;
}

/** Links that lead to links, at most; more are a circle. */
const maxHops = 32;

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
    const own = await this.#folder.children(await this.#resolve(group));
    const linked = (await this.#links(group)).map(({ name }) => name).filter((name) => !own.includes(name));
    const nodes = [...own, ...linked].map(async (name) => ({ name, kind: await this.#kind(`${group}/${name}`) }));
    return allOrFirstFault(nodes);
  }

  /** The links that hdmf-zarr keeps in an attribute of their group. */
  async #links(group: string): Promise<ZarrLink[]> {
    const path = await this.#resolve(group);
    if (!(await this.#folder.has(path))) return [];
    const { zarr_link: links } = await this.#folder.attributes(path);
    return Array.isArray(links) ? links.filter((link): link is ZarrLink => typeof link?.name === 'string') : [];
  }

  /** The path with links within the folder followed; as it is where it leads nowhere. */
  async #resolve(path: string, hops = 0): Promise<string> {
    if (hops > maxHops || path === '' || path === '/' || (await this.#folder.has(path))) return path;
    const slash = path.lastIndexOf('/');
    const [group, name] = [await this.#resolve(path.slice(0, slash), hops + 1), path.slice(slash + 1)];
    if (!(await this.#folder.has(group))) return path;
    const { zarr_link: links } = await this.#folder.attributes(group);
    const link = Array.isArray(links) ? (links as ZarrLink[]).find((one) => one?.name === name) : undefined;
    if (link?.source !== '.' || typeof link.path !== 'string') return `${group}/${name}`;
    return this.#resolve(link.path.replace(/^\/?/, '/'), hops + 1);
  }

  async linkOut(group: string, name: string): Promise<string | undefined> {
    const link = (await this.#links(group)).find((one) => one.name === name);
    if (!link || (await this.has(`${group}/${name}`))) return undefined;
    return link.source === '.' ? 'a place that is not there' : `another file (${link.source})`;
  }

  async walk(group = ''): Promise<TableNode[]> {
    const out: TableNode[] = [];
    const visit = async (group: string): Promise<void> => {
      for (const { name, kind } of await this.children(group)) {
        out.push({ name: `${group}/${name}`, kind });
        if (kind === 'group') await visit(`${group}/${name}`);
      }
    };
    await visit(group.replace(/\/+$/, ''));
    return out;
  }

  async #kind(path: string): Promise<TableNode['kind']> {
    const at = await this.#resolve(path);
    if (!(await this.#folder.has(at))) return 'other';
    return (await this.#folder.isArray(at)) ? 'array' : 'group';
  }

  async has(path: string): Promise<boolean> {
    return this.#folder.has(await this.#resolve(path));
  }

  async attributes(path: string): Promise<Record<string, Hdf5AttributeValue>> {
    const attributes = await this.#folder.attributes(await this.#resolve(path));
    const out: Record<string, Hdf5AttributeValue> = Object.create(null);
    for (const [name, value] of Object.entries(attributes)) out[name] = plainValue(value);
    return out;
  }

  async describe(path: string): Promise<ArrayDescription> {
    const { shape, chunks, dtype, attributes } = await this.#folder.describe(await this.#resolve(path));
    // a scalar is an array of one, and says so
    const scalar = attributes.zarr_dtype === 'scalar' || attributes._SCALAR === true;
    return { shape: scalar ? [] : shape, kind: kindOf(dtype, attributes), dtype, chunkRows: chunks[0] };
  }

  async numbers(path: string, rows?: Rows): Promise<{ data: NumericArray; shape: number[] }> {
    const { data, shape } = await this.#folder.readNumbers(await this.#resolve(path), rows);
    return { data, shape: [...shape] };
  }

  async floats(path: string, rows?: Rows): Promise<Float64Array> {
    const { data } = await this.#folder.readNumbers(await this.#resolve(path), rows);
    return data instanceof Float64Array ? data : Float64Array.from(data as ArrayLike<number>, Number);
  }

  async texts(path: string): Promise<string[]> {
    return this.#folder.readTexts(await this.#resolve(path));
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

  async records(path: string): Promise<TableRecords> {
    throw new UnsupportedError('zarr records', `${this.path}: ${path} holds records, which are not read from Zarr`);
  }

  close(): void {}
}

function kindOf(dtype: string, attributes: Record<string, unknown>): ArrayDescription['kind'] {
  if (dtype === 'bool') return 'bool';
  if (/^(u?int|float)\d+$/.test(dtype)) return 'number';
  if (attributes.zarr_dtype === 'object') return 'reference';
  return /^(string|v2:(object|U\d+|S\d+))$/.test(dtype) ? 'text' : 'other';
}

/** References become the path that they lead to: {zarr_dtype, value: {path}} of hdmf-zarr, {_REFERENCE: {path}} of LINDI. */
function plainValue(value: unknown): Hdf5AttributeValue {
  const { value: zarr, _REFERENCE: lindi } = (value ?? {}) as Record<string, { path?: unknown } | null | undefined>;
  const path = zarr?.path ?? lindi?.path;
  if (typeof path === 'string') return path.startsWith('/') ? path : `/${path}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  if (value.every((item): item is string => typeof item === 'string')) return value;
  return value.every((item) => typeof item === 'number') ? Float64Array.from(value) : null;
}
