/** The assets of a dandiset. */

import { integer, text } from '../../../core/checks.js';
import { OptionError } from '../../../core/errors.js';
import { knownOptions } from '../../../core/known-options.js';
import { checkLoadOptions } from '../../../io/open-context.js';
import { transferOf } from '../../../io/transfer.js';
import {
  Archive,
  type DandiOptions,
  dandiOptionNames,
  resolveBase,
  resolveDandiset,
  resolveToken,
  resolveVersion,
} from './archive.js';

export interface DandiAsset {
  asset_id: string;
  /** Its path in the dandiset. */
  path: string;
  /** Bytes. */
  size: number;
  download_url: string;
  dandiset_id: string;
  version: string;
}

export interface ListDandiOptions extends DandiOptions {
  /** `*` stands for anything, slashes too; case does not count. Default `*.nwb`. */
  pathGlob?: string;
  /** Entries the server sends at a time, at most 1000. Default 100. */
  pageSize?: number;
}

/**
 * The assets of a dandiset, in the order of their creation. Each page is asked for when its first entry is: stop iterating, and
 * no more requests are made.
 *
 * @throws OptionError at once, also for `isolate`: only JSON is read; while iterating NotFoundError for an unknown dandiset or version, RemoteError
 */
export function listDandiAssets(dandisetId: string, options: ListDandiOptions = {}): AsyncIterableIterator<DandiAsset> {
  options = knownOptions(options, { pathGlob: true, pageSize: true, ...dandiOptionNames }, 'listDandiAssets');
  checkLoadOptions(options);
  if (options.isolate) {
    const hint = 'Nothing but JSON of the archive is read for it; loadSpikeDataFromDandi isolates the asset.';
    throw new OptionError('isolate', 'false for a list of assets', options.isolate, hint);
  }
  const dandiset = resolveDandiset(dandisetId);
  const version = resolveVersion(options.version);
  const base = resolveBase(options.apiBase);
  const pageSize = integer(options.pageSize ?? 100, 'pageSize', 1, 1000);
  const query = new URLSearchParams({
    page_size: String(pageSize),
    glob: text(options.pathGlob ?? '*.nwb', 'pathGlob'),
  });
  const archive = new Archive(base, resolveToken(options.apiToken, base), transferOf(options));
  return entries(archive, `/dandisets/${dandiset}/versions/${version}/assets/?${query}`, dandiset, version);
}

async function* entries(archive: Archive, path: string, dandisetId: string, version: string) {
  for await (const entry of archive.list(path)) {
    const id = String(entry.asset_id ?? '');
    const contentUrl = Array.isArray(entry.contentUrl) ? entry.contentUrl[0] : entry.contentUrl;
    const url = entry.download_url ?? contentUrl;
    yield {
      asset_id: id,
      path: String(entry.path ?? ''),
      size: Number(entry.size ?? 0),
      download_url: typeof url === 'string' ? url : `${archive.base}/assets/${id}/download/`,
      dandiset_id: dandisetId,
      version,
    };
  }
}
