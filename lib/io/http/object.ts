/** A file on a web server, read in ranges. */
import { RemoteError } from '../../core/errors.js';
import { watched } from '../body.js';
import type { RangedObject } from '../ranged-object.js';
import { withRetries } from '../transfer.js';
import type { HttpAnswer, HttpClient } from './client.js';
import { type RefreshUrl, SignedPlace } from './signed-place.js';

/**
 * Files must arrive as they lie on the server: their length and digest are those of the bytes on disk. Requests with a range get
 * this header from fetch itself.
 */
export const asIs = { 'accept-encoding': 'identity' };

export interface HttpObject extends RangedObject {
  readonly headers: Headers;
}

/**
 * Opens a file for reads by range; null where the server ignores ranges, so that it must be fetched whole. A GET, not a HEAD:
 * signed URLs refuse that.
 */
export async function openHttpObject(
  url: string,
  http: HttpClient,
  headBytes: number,
  refreshUrl?: RefreshUrl,
): Promise<HttpObject | null> {
  const place = new SignedPlace(url, http, refreshUrl);
  return withRetries(http.transfer, async () => {
    const answer = await place.send({ range: `bytes=0-${headBytes - 1}` }, [416]);
    const range = contentRange(answer);
    if (answer.status !== 206 || range?.start !== 0) {
      answer.body.destroy();
      if (!range || answer.status !== 206) return null;
      const message = `${answer.name}: the server answers with bytes from ${range.start} on where the first were asked for`;
      throw new RemoteError(message, { url: answer.name });
    }
    const head = new Uint8Array(Math.min(headBytes, range.total));
    let filled = 0;
    for await (const chunk of watched(answer.body, answer.name, http.transfer)) {
      if (filled + chunk.byteLength > head.byteLength) break;
      head.set(chunk, filled);
      filled += chunk.byteLength;
    }
    if (filled < head.byteLength) throw shorter(answer);
    return rangedObject(place, answer, range.total, head);
  });
}

function rangedObject(place: SignedPlace, { name, headers }: HttpAnswer, size: number, head: Uint8Array): HttpObject {
  const etag = headers.get('etag');
  return {
    name,
    size,
    etag,
    headers,
    head,
    close: () => {},
    async stream(start, end) {
      const part = await place.send({ ...ifRange(etag), range: `bytes=${start}-${end - 1}` });
      const range = contentRange(part);
      if (
        part.status === 206 &&
        range?.start === start &&
        range.total === size &&
        isSameVersion(headers, part.headers)
      ) {
        return part.body;
      }
      part.body.destroy();
      throw new RemoteError(`${name}: the file was replaced while it was read`, { url: name });
    },
  };
}

/**
 * Whether two answers are of one version of a file, as far as both tell: by their ETags, else by their dates. Servers that do not
 * know If-Range, or whose ETags are weak, send parts of a new version without a word.
 */
function isSameVersion(a: Headers, b: Headers): boolean {
  for (const name of ['etag', 'last-modified']) {
    const [one, other] = [a.get(name), b.get(name)];
    if (one !== null && other !== null) return one === other;
  }
  return true;
}

/** If-Range takes strong validators only. */
export function ifRange(etag: string | null): Record<string, string> {
  return etag?.startsWith('"') ? { 'if-range': etag } : {};
}

export function contentRange(answer: HttpAnswer): { start: number; total: number } | null {
  const found = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get('content-range') ?? '');
  return found && { start: Number(found[1]), total: Number(found[2]) };
}

function shorter({ name }: HttpAnswer): RemoteError {
  return new RemoteError(`${name}: the server sent fewer bytes than it announced`, { url: name, retryable: true });
}
