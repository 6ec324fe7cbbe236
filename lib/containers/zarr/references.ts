/**
 * Zarr whose files are named in one JSON: kerchunk's references (https://fsspec.github.io/kerchunk/spec.html), and LINDI's, which are
 * the same for an HDF5 file of NWB. Each is text, base64, or a part of a file on a server.
 */
import { FormatError, LimitError, UnsupportedError } from '../../core/errors.js';
import type { Source } from '../../core/options.js';
import { withoutSecrets } from '../../core/report.js';
import type { SourceContext } from '../../io/context.js';
import { isRemote, openObject } from '../../io/ranges/open.js';
import { RangeFetcher } from '../../io/ranges/range-fetcher.js';
import { transferOf } from '../../io/transfer.js';
import { type JsonObject, jsonBytes, parseJson } from '../text/json.js';
import { ZarrFolder, type ZarrOptions } from './folder.js';
import type { FileRange, ZarrStore } from './store.js';

/** Whether a source is named as one: `.lindi.json`, `.json`. */
export function isReferences(source: Source): boolean {
  return /\.json$/i.test(
    String(source)
      .trim()
      .replace(/[?#].*$/s, ''),
  );
}

/** @throws FormatError, UnsupportedError for references to files that do not lie on a server, LimitError, RemoteError */
export async function openReferences(
  source: Source,
  context: SourceContext,
  options: Pick<ZarrOptions, 'budget'> = {},
): Promise<ZarrFolder> {
  const { limits, signal } = context;
  const bytes = await context.openBytes(source);
  const most = jsonBytes(limits);
  if (bytes.size > most) throw new LimitError('maxFileBytes', most, bytes.size, bytes.name);
  const json = await parseJson(await bytes.read(0, bytes.size), bytes.name, limits, signal);
  const store = new ReferenceStore(bytes.name, json, context);
  return ZarrFolder.in(store, { limits, signal, ...options });
}

class ReferenceStore implements ZarrStore {
  readonly connections = 6;
  readonly #refs: ReadonlyMap<string, unknown>;
  readonly #templates: JsonObject;
  readonly #files = new Map<string, Promise<RangeFetcher>>();

  constructor(
    readonly root: string,
    json: JsonObject,
    private readonly context: SourceContext,
  ) {
    if (json.gen !== undefined) throw this.#unread('references that are generated (gen)');
    const refs = objectOf(json.refs) ?? (json.version === undefined ? json : undefined);
    if (!refs) throw new FormatError(`${root} must hold refs, an object of references`, { path: root });
    this.#refs = new Map(Object.entries(refs));
    this.#templates = objectOf(json.templates) ?? {};
  }

  async get(key: string, range?: FileRange, most = this.context.limits.maxFileBytes): Promise<Uint8Array | undefined> {
    const ref = this.#refs.get(key);
    if (ref === undefined) return undefined;
    if (Array.isArray(ref)) return this.#part(ref, key, range, most);
    const bytes = inline(ref);
    if (bytes.length > most) throw new LimitError('maxFileBytes', most, bytes.length, `${this.root}: ${key}`);
    if (!range) return bytes;
    const start = range.start < 0 ? bytes.length + range.start : range.start;
    return bytes.subarray(start, start + range.length);
  }

  async has(key: string): Promise<boolean> {
    return this.#refs.has(key);
  }

  async folders(location: string): Promise<string[]> {
    const start = location ? `${location}/` : '';
    const found = new Set<string>();
    for (const key of this.#refs.keys()) {
      const rest = key.startsWith(start) ? key.slice(start.length) : '';
      const slash = rest.indexOf('/');
      if (slash > 0) found.add(rest.slice(0, slash));
    }
    return [...found];
  }

  async files(location: string): Promise<Set<string>> {
    const start = location ? `${location}/` : '';
    return new Set([...this.#refs.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(start.length)));
  }

  /** [url], or [url, offset, length]. */
  async #part(ref: unknown[], key: string, range: FileRange | undefined, most: number): Promise<Uint8Array> {
    const fetcher = await this.#file(ref[0], key);
    const { size } = fetcher.object;
    const [first, length] = ref.length > 1 ? [Number(ref[1]), Number(ref[2])] : [0, size];
    const from = range ? (range.start < 0 ? length + range.start : range.start) : 0;
    const count = range ? range.length : length;
    const start = first + from;
    const inside = [first, length, start].every((n) => Number.isSafeInteger(n) && n >= 0) && from + count <= length;
    if (!inside || start + count > size) {
      const message = `${this.root}: a part of ${fetcher.object.name}, which has ${size} bytes, was expected at ${key}, found bytes ${start} to ${start + count}`;
      throw new FormatError(message, { path: this.root, location: key });
    }
    if (count > most) throw new LimitError('maxFileBytes', most, count, `${this.root}: ${key}`);
    const out = new Uint8Array(count);
    await fetcher.fetch([[start, start + count]], (at, bytes) => out.set(bytes, at - start));
    return out;
  }

  #file(place: unknown, key: string): Promise<RangeFetcher> {
    const url = String(place).replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => String(this.#templates[name] ?? ''));
    // a stranger's list must not make this read files of this machine
    if (!isRemote(url)) throw this.#unread(`a reference to ${withoutSecrets(url)}, no http(s) or s3 URL, at ${key}`);
    const known = this.#files.get(url) ?? this.#open(url);
    this.#files.set(url, known);
    return known;
  }

  async #open(url: string): Promise<RangeFetcher> {
    const object = await openObject(url, 'source', this.context, 1);
    if (!object) throw this.#unread(`${withoutSecrets(url)}, whose server ignores ranges`);
    this.context.onEnd(() => object.close());
    this.context.report.remote = 'ranges';
    return new RangeFetcher(object, transferOf(this.context));
  }

  #unread(what: string): UnsupportedError {
    return new UnsupportedError('zarr references', `${this.root} has ${what}, which is not read`);
  }
}

/** Text, `base64:` and its digits, or, in LINDI, JSON as it is. */
function inline(ref: unknown): Uint8Array {
  if (typeof ref !== 'string') return Buffer.from(JSON.stringify(ref));
  return ref.startsWith('base64:') ? Buffer.from(ref.slice('base64:'.length), 'base64') : Buffer.from(ref);
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
