/** Opens folders on servers, whatever protocol brings them. */
import type { SourceContext } from './context.js';
import { HttpClient } from './http/client.js';
import { httpTree } from './http/tree.js';
import { s3Tree } from './s3/tree.js';
import { isS3Url, s3Location } from './s3/url.js';
import { transferOf } from './transfer.js';
import type { RemoteTree } from './tree.js';

/** The folder at a URL, closed when the load ends. */
export async function openRemoteTree(
  source: string | URL,
  option: string,
  context: SourceContext,
): Promise<RemoteTree> {
  const transfer = transferOf(context);
  const location = isS3Url(source) ? s3Location(source, option, { folder: true }) : null;
  const tree = location
    ? await s3Tree(location, context.options, transfer)
    : httpTree(String(source), new HttpClient(transfer));
  context.onEnd(() => tree.close());
  context.report.remote = 'ranges';
  return tree;
}
