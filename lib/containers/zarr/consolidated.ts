/** Metadata of a whole Zarr folder in one file: `.zmetadata` (v2), or `consolidated_metadata` of the root's zarr.json (v3). */
import type { Limits } from '../../core/limits.js';
import { type JsonObject, jsonBytes, parseJson } from '../text/json.js';
import type { FileRange, ZarrStore } from './store.js';

const metadataName = /(^|\/)(\.z(group|array|attrs|metadata)|zarr\.json)$/;

/** The store with its metadata read at once, where the folder has them together; else as it is. */
export async function consolidated(
  store: ZarrStore,
  { limits, signal }: { limits: Limits; signal?: AbortSignal },
): Promise<ZarrStore> {
  const json = async (key: string) => {
    const bytes = await store.get(key, undefined, jsonBytes(limits));
    return bytes && parseJson(bytes, `${store.root}/${key}`, limits, signal);
  };
  const [v2, v3] = await Promise.all([json('.zmetadata'), json('zarr.json')]);
  const listed = v2 ? objectOf(v2.metadata) : v3 ? nodesOf(v3) : undefined;
  return listed ? new ConsolidatedStore(store, listed) : store;
}

/** Of zarr.json: nodes by path, which become files as they would lie there. */
function nodesOf(root: JsonObject): JsonObject | undefined {
  const nodes = objectOf(objectOf(root.consolidated_metadata)?.metadata);
  if (!nodes) return undefined;
  const out: JsonObject = Object.create(null);
  out['zarr.json'] = root;
  for (const [path, node] of Object.entries(nodes)) out[`${path}/zarr.json`] = node;
  return out;
}

class ConsolidatedStore implements ZarrStore {
  readonly root: string;
  readonly connections: number;
  readonly #files = new Map<string, unknown>();

  constructor(
    private readonly inner: ZarrStore,
    metadata: JsonObject,
  ) {
    this.root = inner.root;
    this.connections = inner.connections;
    for (const [key, value] of Object.entries(metadata)) this.#files.set(key, value);
  }

  async get(key: string, range?: FileRange, most?: number): Promise<Uint8Array | undefined> {
    if (!metadataName.test(key)) return this.inner.get(key, range, most);
    const found = this.#files.get(key);
    return found === undefined ? undefined : Buffer.from(JSON.stringify(found));
  }

  async has(key: string): Promise<boolean> {
    return this.#files.has(key);
  }

  async folders(location: string): Promise<string[]> {
    const start = location ? `${location}/` : '';
    const found = new Set<string>();
    for (const key of this.#files.keys()) {
      const rest = key.startsWith(start) ? key.slice(start.length) : '';
      const slash = rest.indexOf('/');
      if (slash > 0) found.add(rest.slice(0, slash));
    }
    return [...found];
  }

  files(location: string): Promise<Set<string> | undefined> {
    return this.inner.files(location);
  }
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
