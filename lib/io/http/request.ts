/** One HTTP request, without redirects, on Node's own client: the address is looked at when the connection is made. */
import { Agent as HttpAgent, type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent as HttpsAgent, request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { onAbort } from '../../core/abort.js';
import { isPrivateAddress, PrivateHostError, publicLookup } from '../private-hosts.js';

export interface OneRequest {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  allowPrivateHosts: boolean;
}

export interface OneAnswer {
  status: number;
  headers: Headers;
  body: Readable;
}

/** A connection that was made with leave must not be used again without it: two sets of them. */
const agents = {
  any: { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) },
  public: {
    http: new HttpAgent({ keepAlive: true, lookup: publicLookup } as object),
    https: new HttpsAgent({ keepAlive: true, lookup: publicLookup } as object),
  },
};

/** Compressed answers are asked for where no bytes are counted, and given as they were before. */
const encodings = 'gzip, deflate, br';

export function sendOnce(
  url: URL,
  { method, headers, body, signal, allowPrivateHosts }: OneRequest,
): Promise<OneAnswer> {
  if (url.username || url.password) throw new TypeError('a URL with user and password');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // an address is not looked up
  if (!allowPrivateHosts && isIP(host) && isPrivateAddress(host)) throw new PrivateHostError(host);
  const pool = allowPrivateHosts ? agents.any : agents.public;
  const isSecure = url.protocol === 'https:';
  const asIs = 'range' in headers || headers['accept-encoding'] === 'identity';
  const all = {
    accept: '*/*',
    'user-agent': 'spikelab',
    'accept-encoding': asIs ? 'identity' : encodings,
    ...headers,
  };
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    const send = isSecure ? secureRequest : plainRequest;
    const sent = send(url, { method, headers: all, agent: isSecure ? pool.https : pool.http });
    // Node's own option `signal` gives the error to the connection too, which may have nobody left who listens to it; and one whose
    // answer has been read may be another request's by now
    const stopWatching = onAbort(signal, () => {
      if (!answer?.readableEnded) sent.destroy();
    });
    sent.on('close', stopWatching).on('error', reject);
    sent.on('response', (found) => {
      answer = found;
      const body = asIs ? found : decoded(found);
      // whoever reads it gets the error; an answer that nobody reads any more must not end the process
      for (const stream of [found, body]) stream.on('error', () => {});
      resolve({ status: found.statusCode ?? 0, headers: headersOf(found), body });
    });
    sent.end(body);
  });
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1]);
  return headers;
}

function decoded(answer: IncomingMessage): Readable {
  const encoding = answer.headers['content-encoding']?.trim().toLowerCase();
  const decoder =
    encoding === 'gzip' || encoding === 'x-gzip'
      ? createGunzip()
      : encoding === 'deflate'
        ? createInflate()
        : encoding === 'br'
          ? createBrotliDecompress()
          : null;
  // what goes wrong is told by the stream that is read
  return decoder ? pipeline(answer, decoder, () => {}) : answer;
}
