/** The one HTTP client: bounded answers, redirects, retries, and credentials that never leave their origin. */
import { NotFoundError, RemoteError } from '../../core/errors.js';
import { withoutSecrets } from '../../core/report.js';
import { watched } from '../body.js';
import { PrivateHostError } from '../private-hosts.js';
import { brokenConnection, retryAfterMs, soon, type Transfer, withRetries } from '../transfer.js';

/** What proves who asks, and to whom alone it is shown. */
export interface Credentials {
  readonly origin: string;
  /** Value of the Authorization header; null for none. */
  authorization(): string | null;
}

export interface HttpRequest {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  /** The URL without user, query and fragment, as asked for: for messages. */
  readonly name: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

/** Redirections of one request; browsers follow 20, archives send one or two. */
const mostHops = 10;
const retryable = new Set([408, 429, 500, 502, 503, 504]);
/** Inflated. The largest real answers, pages of a thousand records, take a few MB. */
const maxJsonBytes = 64 * 2 ** 20;

export class HttpClient {
  constructor(
    readonly transfer: Transfer,
    private readonly credentials: Credentials | null = null,
  ) {}

  /**
   * One request, redirects included. Rejects where no answer comes or where its status is none of 200, 206 and `accept`: with
   * NotFoundError for 404, else RemoteError. The body must be read, or destroyed.
   */
  async send(url: string, request: HttpRequest = {}, accept: readonly number[] = []): Promise<HttpAnswer> {
    const answer = await this.#follow(new URL(url), request);
    if (answer.status === 200 || answer.status === 206 || accept.includes(answer.status)) return answer;
    throw await this.#refusal(answer);
  }

  /** A JSON answer, with retries. */
  json(url: string, request: HttpRequest = {}): Promise<unknown> {
    return withRetries(this.transfer, async () => {
      const answer = await this.send(url, { ...request, headers: { accept: 'application/json', ...request.headers } });
      const text = new TextDecoder().decode(await this.#bytes(answer, maxJsonBytes));
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new RemoteError(`${answer.name}: expected JSON, got something else`, { url: answer.name, status: 200 });
      }
    });
  }

  async #follow(first: URL, request: HttpRequest): Promise<HttpAnswer> {
    const name = withoutSecrets(first.href);
    let url = first;
    let { method = 'GET', body } = request;
    for (let hops = 0; hops <= mostHops; hops++) {
      const answer = await this.#once(url, { ...request, method, body }, name);
      const location = answer.headers.get('location');
      if (![301, 302, 303, 307, 308].includes(answer.status) || !location) return answer;
      answer.body.destroy();
      const next = URL.canParse(location, url.href) ? new URL(location, url.href) : null;
      if (!next || !/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
        throw new RemoteError(`${name}: the server redirects to an address that is not followed`, { url: name });
      if (answer.status === 303 || (method === 'POST' && answer.status < 303)) [method, body] = ['GET', undefined];
      // a login that moved elsewhere would carry the password there
      if (body !== undefined && next.origin !== url.origin)
        throw new RemoteError(`${name}: the server redirects a login to another origin`, { url: name });
      url = next;
    }
    throw new RemoteError(`${name}: the server redirects more than ${mostHops} times`, { url: name });
  }

  async #once(url: URL, { method = 'GET', headers, body }: HttpRequest, name: string): Promise<HttpAnswer> {
    const { transfer, credentials } = this;
    const stop = new AbortController();
    const signal = transfer.signal ? AbortSignal.any([transfer.signal, stop.signal]) : stop.signal;
    const authorization = credentials?.origin === url.origin ? credentials.authorization() : null;
    transfer.counts.requests++;
    const { allowPrivateHosts } = transfer;
    try {
      const all = { ...headers, ...(authorization ? { authorization } : {}) };
      // what fails before anything is sent rejects like the rest
      const sent = import('./request.js').then(({ sendOnce }) =>
        sendOnce(url, { method, headers: all, body, signal, allowPrivateHosts }),
      );
      const {
        status,
        headers: answered,
        body: stream,
      } = await soon(sent, name, transfer.settings.idleMs, transfer.signal);
      const iterable = { [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](), destroy: () => stop.abort() };
      return { name, status, headers: answered, body: iterable };
    } catch (error) {
      stop.abort();
      transfer.signal?.throwIfAborted();
      if (error instanceof PrivateHostError) throw privateHost(url, name);
      throw brokenConnection(error, name);
    }
  }

  async #refusal(answer: HttpAnswer): Promise<Error> {
    const { name, status } = answer;
    const said = await this.#reason(answer);
    if (status === 404) return new NotFoundError(`${name}: the server answered 404${said}`, { path: name });
    return new RemoteError(`${name}: the server answered ${status}${said}`, {
      url: name,
      status,
      retryable: retryable.has(status),
      retryAfterMs: retryAfterMs(answer.headers.get('retry-after')),
    });
  }

  /** What the server says about a refusal, as far as it is short, known and free of our own secrets. */
  async #reason(answer: HttpAnswer): Promise<string> {
    const text = await this.#bytes(answer, 2 ** 14).then(
      (bytes) => new TextDecoder().decode(bytes),
      () => '',
    );
    const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(text)?.[1];
    const detail = code ?? detailOf(text);
    const secret = this.credentials?.authorization()?.split(' ').at(-1);
    return detail && !(secret && detail.includes(secret)) ? ` (${detail})` : '';
  }

  async #bytes(answer: HttpAnswer, most: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of watched(answer.body, answer.name, this.transfer)) {
      size += chunk.byteLength;
      if (size > most) {
        throw new RemoteError(`${answer.name}: the answer is longer than ${most} bytes`, { url: answer.name });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }
}

function privateHost(url: URL, name: string): RemoteError {
  const message = `${name}: a host of the public internet was expected, found ${url.hostname}, which is loopback, link-local or private: pass allowPrivateHosts where it is meant`;
  return new RemoteError(message, { url: name });
}

/** The `detail` that Django REST services put into their refusals. */
function detailOf(text: string): string | undefined {
  try {
    const { detail, non_field_errors: others } = JSON.parse(text) as { detail?: unknown; non_field_errors?: unknown[] };
    const said = detail ?? others?.[0];
    return typeof said === 'string' && said.length <= 200 ? said : undefined;
  } catch {
    return undefined;
  }
}

/** A URL from a base and path segments, each percent-encoded: IBL's folders contain `#`. */
export function urlOf(base: string, ...segments: string[]): string {
  const path = segments.flatMap((segment) => segment.split('/')).filter(Boolean);
  return [base.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
}
