/** A folder on a web server, whose files are asked for one by one: nobody lists them. */
import { LimitError, NotFoundError, RemoteError } from '../../core/errors.js';
import { withoutSecrets } from '../../core/report.js';
import { watched } from '../body.js';
import { withRetries } from '../transfer.js';
import type { RemoteTree, TreeRange } from '../tree.js';
import type { HttpAnswer, HttpClient } from './client.js';
import { asIs, contentRange } from './object.js';

/** @param base its query, a signature of the whole folder perhaps, goes with every file */
export function httpTree(base: string, http: HttpClient): RemoteTree {
  const root = new URL(base.trim());
  const folder = root.pathname.replace(/\/+$/, '');
  return {
    name: withoutSecrets(root.href).replace(/\/+$/, ''),
    get(key, range, most) {
      const url = new URL(root);
      url.pathname = `${folder}/${key.split('/').map(encodeURIComponent).join('/')}`;
      url.hash = '';
      return withRetries(http.transfer, () => getOnce(url.href, http, range, most));
    },
    list: async () => undefined,
    all: async () => undefined,
    close: () => {},
  };
}

async function getOnce(
  url: string,
  http: HttpClient,
  range: TreeRange | undefined,
  most: number,
): Promise<Uint8Array | undefined> {
  const headers: Record<string, string> = range ? { range: rangeHeader(range) } : asIs;
  let answer: HttpAnswer;
  try {
    answer = await http.send(url, { headers });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
  const { name } = answer;
  if (range && (answer.status !== 206 || !answers(answer, range))) {
    answer.body.destroy();
    throw new RemoteError(`${name}: the server must answer ranges, which it did not`, { url: name });
  }
  const bytes = await collect(answer, http, range ? range.length : most);
  if (range && bytes.length !== range.length) {
    const message = `${name}: ${range.length} bytes were expected, found ${bytes.length}`;
    throw new RemoteError(message, { url: name, retryable: true });
  }
  return bytes;
}

function rangeHeader({ start, length }: TreeRange): string {
  return start < 0 ? `bytes=${start}` : `bytes=${start}-${start + length - 1}`;
}

function answers(answer: HttpAnswer, { start }: TreeRange): boolean {
  const found = contentRange(answer);
  return found !== null && found.start === (start < 0 ? Math.max(0, found.total + start) : start);
}

async function collect(answer: HttpAnswer, http: HttpClient, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of watched(answer.body, answer.name, http.transfer)) {
    length += chunk.byteLength;
    if (length > most) throw new LimitError('maxFileBytes', most, length, answer.name);
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}
