/** Size and version of a file on a web server, without reading it. */
import type { LoadOptions } from '../../core/options.js';
import { transferOf } from '../transfer.js';
import { HttpClient } from './client.js';
import { openHttpObject } from './object.js';

/** @throws NotFoundError, RemoteError; a server that ignores ranges tells neither: size 0, null */
export async function httpVersionOf(
  url: string,
  options: Pick<LoadOptions, 'signal' | 'allowPrivateHosts' | 'refreshUrl'>,
): Promise<{ size: number; version: string | null }> {
  const object = await openHttpObject(url.trim(), new HttpClient(transferOf(options)), 1, options.refreshUrl);
  if (!object) return { size: 0, version: null };
  return { size: object.size, version: object.etag ?? object.headers.get('last-modified') };
}
