/** A Zarr folder on a server: metadata at once where they lie together, chunks several at a time. */
import { NotFoundError, RemoteError, UnsupportedError } from '../../core/errors.js';
import type { Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { isRemote, openObject } from '../../io/ranges/open.js';
import { openRemoteTree } from '../../io/remote-tree.js';
import { isS3Url } from '../../io/s3/url.js';
import type { RemoteTree } from '../../io/tree.js';
import { isHdf5Head } from '../hdf5/signature.js';
import { consolidated } from './consolidated.js';
import { ZarrFolder, type ZarrOptions } from './folder.js';
import type { FileRange, ZarrStore } from './store.js';

/** As much of a file as shows what it is, behind a user block too. */
const headBytes = 2 ** 13;

/**
 * The Zarr folder that a URL leads to: by its name, or by the slash that folders end with, where no HDF5 file answers (DANDI's
 * downloads of files end with one, too). Null for other sources.
 *
 * @throws FormatError where it is no Zarr, RemoteError
 */
export async function findRemoteZarr(
  source: Source,
  context: SourceContext,
  options: Pick<ZarrOptions, 'budget'> = {},
  option = 'source',
): Promise<ZarrFolder | null> {
  if (!isRemote(source) || !(await isZarr(source, context))) return null;
  return openRemoteZarr(source, context, options, option);
}

/** @throws FormatError where it is no Zarr, RemoteError */
export async function openRemoteZarr(
  source: string | URL,
  context: SourceContext,
  options: Pick<ZarrOptions, 'budget'> = {},
  option = 'source',
): Promise<ZarrFolder> {
  const { limits, signal } = context;
  const store = new RemoteStore(await openRemoteTree(source, option, context), limits.maxFileBytes);
  return ZarrFolder.in(await consolidated(store, { limits, signal }), { limits, signal, ...options });
}

async function isZarr(source: string | URL, context: SourceContext): Promise<boolean> {
  const [path] = String(source).trim().split(/[?#]/, 1);
  if (/\.zarr\/?$/i.test(path)) return true;
  return path.endsWith('/') && (isS3Url(source) || !(await isHdf5File(source, context)));
}

async function isHdf5File(source: string | URL, context: SourceContext): Promise<boolean> {
  try {
    const object = await openObject(source, 'source', context, headBytes);
    object?.close();
    return object !== null && isHdf5Head(object.head);
  } catch (error) {
    // a folder's own address need not answer anything
    if (error instanceof RemoteError || error instanceof NotFoundError) return false;
    throw error;
  }
}

class RemoteStore implements ZarrStore {
  readonly connections = 6;
  readonly #known = new Map<string, Promise<Uint8Array | undefined>>();

  constructor(
    private readonly tree: RemoteTree,
    private readonly maxFileBytes: number,
  ) {}

  get root(): string {
    return this.tree.name;
  }

  get(key: string, range?: FileRange, most = this.maxFileBytes): Promise<Uint8Array | undefined> {
    if (range || !isMetadata(key)) return this.tree.get(key, range, most);
    const known = this.#known.get(key) ?? this.tree.get(key, undefined, most);
    this.#known.set(key, known);
    return known;
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async folders(location: string): Promise<string[]> {
    const found = await this.tree.list(location);
    if (found) return found.folders;
    const message = `${this.root} must have consolidated metadata (.zmetadata, or in zarr.json), as its server lists no folders: zarr.consolidate_metadata makes them`;
    throw new UnsupportedError('zarr without consolidated metadata', message);
  }

  files(location: string): Promise<Set<string> | undefined> {
    return this.tree.all(location);
  }
}

const isMetadata = (key: string) => /(^|\/)(\.z[a-z]+|zarr\.json)$/.test(key);
