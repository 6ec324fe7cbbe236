/** The HTTP client against a server that misbehaves. */
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NotFoundError } from '../../../lib/index.js';
import { HttpClient, urlOf } from '../../../lib/io/http/client.js';
import { openHttpObject } from '../../../lib/io/http/object.js';
import { bytesOf } from '../../../lib/io/ranged-object.js';
import { retryAfterMs, transferOf } from '../../../lib/io/transfer.js';
import { type Asked, file, json, type Reply, startWebServer, type WebServer } from '../../support/web-server.js';

let a: WebServer;
let b: WebServer;
let reply: (asked: Asked, n: number) => Reply;
let replyB: (asked: Asked) => Reply;

beforeAll(async () => {
  a = await startWebServer((asked) => reply(asked, a.asked.length - 1));
  b = await startWebServer((asked) => replyB(asked));
});
afterAll(async () => {
  await a.close();
  await b.close();
});
beforeEach(() => {
  a.asked.length = 0;
  b.asked.length = 0;
});

const secret = 'token-5f3a';
const settings = { attempts: 3, baseMs: 1, idleMs: 20_000 };
const client = (options: { signal?: AbortSignal; settings?: object } = {}) => {
  const credentials = { origin: a.origin, authorization: () => `Token ${secret}` };
  return new HttpClient(
    transferOf({ ...options, allowPrivateHosts: true }, { ...settings, ...options.settings }),
    credentials,
  );
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

describe('JSON answers', () => {
  it('come through retries: 503 and 429 with Retry-After, broken bodies, gzip', async () => {
    const soon = new Date(Date.now() + 500).toUTCString();
    const bad: Reply[] = [
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429, headers: { 'retry-after': soon }, body: '{"detail":"Request was throttled."}' },
      { headers: { 'content-type': 'application/json' }, body: '{"a": 1}', cutAfter: 4 },
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"a":"ü"}') },
    ];
    reply = (_, n) => bad[n];
    expect(await client({ settings: { attempts: 4 } }).json(`${a.origin}/x/`)).toEqual({ a: 'ü' });
    expect(a.asked.length).toBe(4);
  });

  it('waits as long as it is asked to', async () => {
    reply = (_, n) => (n === 0 ? { status: 503, headers: { 'retry-after': '1' } } : json(1));
    const start = performance.now();
    await client().json(`${a.origin}/x/`);
    expect(performance.now() - start).toBeGreaterThan(990);
  });

  it.each([
    ['0', 0],
    ['23', 23_000],
    ['Thu, 01 Jan 1970 00:01:40 GMT', 40_000],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('reads Retry-After %j', (header, ms) => expect(retryAfterMs(header, 60_000)).toBe(ms));

  it('gives up on a server that stays busy, and does not wait for hours', async () => {
    reply = () => ({ status: 503 });
    expect(await failure(client().json(`${a.origin}/x/`))).toMatchObject({ status: 503, retryable: true });
    expect(a.asked.length).toBe(3);
    reply = () => ({ status: 503, headers: { 'retry-after': '7200' } });
    expect(await failure(client().json(`${a.origin}/x/`))).toMatchObject({ retryAfterMs: 7_200_000 });
    expect(a.asked.length).toBe(4);
  });

  it('does not repeat what is refused, and says why it was', async () => {
    reply = () => json({ detail: 'Not found.' }, 404);
    expect(await failure(client().json(`${a.origin}/x/`))).toBeInstanceOf(NotFoundError);
    reply = () => json({ detail: 'Bad filter.' }, 400);
    expect(await failure(client().json(`${a.origin}/x/?q=1`))).toMatchObject({
      code: 'ERR_REMOTE',
      status: 400,
      retryable: false,
      url: `${a.origin}/x/`,
      message: `${a.origin}/x/: the server answered 400 (Bad filter.)`,
    });
    expect(a.asked.length).toBe(2);
  });

  it('must be JSON, and not endless', async () => {
    reply = () => ({ body: '<html></html>' });
    expect(await failure(client().json(`${a.origin}/x/`))).toMatchObject({
      code: 'ERR_REMOTE',
      message: expect.stringMatching(/JSON/),
    });
    const bomb = gzipSync(Buffer.alloc(65 * 2 ** 20));
    reply = () => ({ headers: { 'content-encoding': 'gzip' }, body: bomb });
    expect(await failure(client().json(`${a.origin}/x/`))).toMatchObject({
      message: expect.stringMatching(/longer than/),
    });
  });

  it('time out where nothing comes, and stop when aborted', async () => {
    reply = () => ({ body: '{"a": 1}', stallAfter: 3 });
    expect(await failure(client({ settings: { attempts: 2, idleMs: 50 } }).json(`${a.origin}/x/`))).toMatchObject({
      retryable: true,
      message: expect.stringMatching(/nothing arrived/),
    });
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 30);
    expect(
      await failure(client({ signal: controller.signal, settings: { idleMs: 60_000 } }).json(`${a.origin}/x/`)),
    ).toBe(reason);
  });

  it('are errors of ours where no server answers', async () => {
    const closed = await startWebServer(() => ({}));
    await closed.close();
    const error = await failure(client().json(`${closed.origin}/x/?sig=${secret}`));
    expect(error).toMatchObject({
      code: 'ERR_REMOTE',
      retryable: true,
      message: expect.stringMatching(/ECONNREFUSED/),
    });
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
  });
});

describe('redirects', () => {
  it('carry no credentials to another origin, and none of its query into errors', async () => {
    reply = () => ({ status: 302, headers: { location: `${b.origin}/blob?X-Amz-Signature=abc` } });
    replyB = ({ headers }) => (headers.authorization ? { status: 400 } : json('fine'));
    expect(await client().json(`${a.origin}/x/`)).toBe('fine');
    expect(a.asked[0].headers.authorization).toBe(`Token ${secret}`);
    expect(b.asked[0].headers.authorization).toBeUndefined();
    replyB = () => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' });
    const error = await failure(client().json(`${a.origin}/x/`));
    expect(error).toMatchObject({ status: 403, url: `${a.origin}/x/`, message: expect.stringMatching(/AccessDenied/) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/X-Amz|abc/);
  });

  it('keep the range', async () => {
    reply = () => ({ status: 302, headers: { location: `${b.origin}/blob` } });
    replyB = (asked) => file(Buffer.from('0123456789'), asked);
    const object = await openHttpObject(`${a.origin}/x`, client(), 4);
    expect(Buffer.from(await bytesOf(object!, client().transfer).read(2, 7)).toString()).toBe('23456');
    expect(b.asked.map((asked) => asked.headers.range)).toEqual(['bytes=0-3', 'bytes=4-6']);
  });

  it('end after ten hops, and lead to web servers only', async () => {
    reply = () => ({ status: 302, headers: { location: '/again' } });
    expect(await failure(client().json(`${a.origin}/x`))).toMatchObject({
      message: expect.stringMatching(/more than 10 times/),
    });
    expect(a.asked.length).toBe(11);
    reply = () => ({ status: 302, headers: { location: 'file:///etc/passwd' } });
    expect(await failure(client().json(`${a.origin}/x`))).toMatchObject({
      message: expect.stringMatching(/not followed/),
    });
  });

  it('of a login to another origin are refused', async () => {
    reply = () => ({ status: 307, headers: { location: `${b.origin}/auth-token` } });
    const login = client().json(`${a.origin}/auth-token`, { method: 'POST', body: 'password=x' });
    expect(await failure(login)).toMatchObject({ code: 'ERR_REMOTE' });
    expect(b.asked.length).toBe(0);
  });
});

describe('files by range', () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 5000 }, (_, i) => i * 7));

  it('are read as asked for, over broken connections', async () => {
    const { transfer } = client();
    const cut = { cutAfter: 100, cutWhen: () => transfer.counts.bytesRead >= 100 };
    reply = (asked, n) => ({ ...file(bytes, asked), ...(n === 1 ? cut : {}) });
    const object = await openHttpObject(`${a.origin}/x`, client(), 8);
    expect(object!.size).toBe(5000);
    expect(Buffer.compare(await bytesOf(object!, transfer).read(1000, 2000), bytes.subarray(1000, 2000))).toBe(0);
    expect(a.asked.map((asked) => asked.headers.range)).toEqual(['bytes=0-7', 'bytes=1000-1999', 'bytes=1100-1999']);
  });

  it('are not offered by a server that ignores ranges', async () => {
    reply = () => ({ body: bytes });
    expect(await openHttpObject(`${a.origin}/x`, client(), 8)).toBeNull();
  });

  it('must stay the same file where a server does not say so: weak ETags, dates, and ranges sent whatever was asked', async () => {
    const versions =
      (name: string, [first, second]: string[]) =>
      (asked: Asked, n: number) => {
        const { 'if-range': _ignored, ...headers } = asked.headers;
        const { headers: sent, ...rest } = file(bytes, { headers });
        const { etag: _none, ...others } = sent!;
        return { ...rest, headers: { ...others, [name]: n === 0 ? first : second } };
      };
    const dates = ['Wed, 21 Oct 2015 07:28:00 GMT', 'Wed, 21 Oct 2015 07:28:01 GMT'];
    for (const [name, values] of [
      ['etag', ['W/"1"', 'W/"2"']],
      ['etag', ['"1"', '"2"']],
      ['last-modified', dates],
    ] as const) {
      a.asked.length = 0;
      reply = versions(name, [...values]);
      const object = await openHttpObject(`${a.origin}/x`, client(), 8);
      const read = bytesOf(object!, client().transfer).read(100, 200);
      await expect(read).rejects.toMatchObject({ code: 'ERR_REMOTE', message: expect.stringMatching(/replaced/) });
      reply = versions(name, [values[1], values[1]]);
      const same = await openHttpObject(`${a.origin}/x`, client(), 8);
      expect(await bytesOf(same!, client().transfer).read(100, 200)).toHaveLength(100);
    }
  });

  it('are given up where they come too slowly, however often something comes', async () => {
    reply = (asked) => file(bytes, asked);
    const object = await openHttpObject(`${a.origin}/x`, client(), 8);
    a.asked.length = 0;
    // no connection brings so much
    const { transfer } = client({ settings: { minBytesPerSecond: 1e15, rateMs: 0 } });
    await expect(bytesOf(object!, transfer).read(100, 200)).rejects.toMatchObject({
      message: expect.stringMatching(/bytes a second/),
    });
    expect(a.asked).toHaveLength(settings.attempts);
  });

  it('must stay the same file', async () => {
    reply = (asked, n) => file(bytes, asked, n === 0 ? '"first"' : '"second"');
    const object = await openHttpObject(`${a.origin}/x`, client(), 8);
    await expect(bytesOf(object!, client().transfer).read(100, 200)).rejects.toMatchObject({
      message: expect.stringMatching(/replaced/),
    });
  });
});

it('encodes each segment of a path', () => {
  const url = urlOf('https://host/root/', 'alf/probe00', '#2024-05-06#', 'a b?.npy');
  expect(url).toBe('https://host/root/alf/probe00/%232024-05-06%23/a%20b%3F.npy');
});
