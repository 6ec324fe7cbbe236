/** Downloads: resumed, verified, and never half there. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../lib/index.js';
import { dandiPartSize, multipartEtag } from '../../../lib/io/digest.js';
import { HttpClient } from '../../../lib/io/http/client.js';
import { downloadHttp, type Expected, isComplete } from '../../../lib/io/http/download.js';
import { transferOf } from '../../../lib/io/transfer.js';
import { type Asked, file, hasBytes, type Reply, startWebServer, type WebServer } from '../../support/web-server.js';

const bytes = Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) % 251));
const md5 = createHash('md5').update(bytes).digest('hex');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const etag = `${createHash('md5').update(createHash('md5').update(bytes).digest()).digest('hex')}-1`;

let server: WebServer;
let reply: (asked: Asked, n: number) => Reply;
let folder: string;
let path: string;

beforeAll(async () => {
  server = await startWebServer((asked) => reply(asked, server.asked.length - 1));
});
afterAll(() => server.close());
beforeEach(async () => {
  server.asked.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'download-'));
  path = join(folder, 'deep', 'file.bin');
  return () => rm(folder, { recursive: true });
});

function download(
  expected: Expected = { md5 },
  options: {
    signal?: AbortSignal;
    settings?: object;
    findings?: Finding[];
    maxBytes?: number;
    onProgress?: () => void;
  } = {},
) {
  const http = new HttpClient(
    transferOf(
      { ...options, allowPrivateHosts: true },
      { attempts: 3, baseMs: 1, idleMs: 20_000, ...options.settings },
    ),
  );
  const onFinding = (finding: Finding) => options.findings?.push(finding);
  return downloadHttp(`${server.origin}/file?sig=secret`, path, http, {
    expected,
    maxBytes: options.maxBytes ?? 1e9,
    onFinding,
  });
}
/** Of an answer whose connection breaks when these bytes have been written. */
const cut = (cutAfter: number) => ({ cutAfter, cutWhen: () => hasBytes(`${path}.part`, cutAfter) });
const ranges = () => server.asked.map((asked) => asked.headers.range);
const left = () => readdir(join(folder, 'deep'));

describe('a download', () => {
  it.each([
    ['md5', { md5 }],
    ['sha256', { sha256 }],
    ['dandi-etag', { dandiEtag: etag, sha256: null }],
    ['size', { size: 1000 }],
    ['nothing', {}],
  ])('is verified by %s', async (what, expected) => {
    reply = (asked) => file(bytes, asked);
    const findings: Finding[] = [];
    await download(expected, { findings });
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(await left()).toEqual(['file.bin']);
    expect(findings.map((f) => f.code)).toEqual(what === 'size' || what === 'nothing' ? ['checksum-not-verified'] : []);
    expect(await isComplete(path, expected)).toBe(what !== 'nothing');
  });

  it.each([
    ['Content-Length', {}],
    ['chunks', { chunked: true }],
  ])('goes on where it broke (%s)', async (_, more) => {
    reply = (asked, n) =>
      n === 0 ? { headers: { etag: '"an-etag"' }, body: bytes, ...cut(600), ...more } : file(bytes, asked);
    await download();
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(ranges()).toEqual([undefined, 'bytes=600-']);
    expect(server.asked[0].headers['accept-encoding']).toBe('identity');
    expect(server.asked[1].headers['if-range']).toBe('"an-etag"');
  });

  it('starts anew where the server ignores the range, and appends nothing', async () => {
    reply = (_, n) => ({ body: bytes, ...(n === 0 ? cut(600) : {}) });
    await download();
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('starts anew where the rest is of another range, or none', async () => {
    for (const wrong of [
      { status: 206, headers: { 'content-range': 'bytes 500-999/1000' }, body: bytes.subarray(500) },
      { status: 416 },
    ]) {
      server.asked.length = 0;
      reply = (asked, n) => (n === 0 ? { body: bytes, ...cut(600) } : n === 1 ? wrong : file(bytes, asked));
      await download();
      expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
      expect(ranges()).toEqual([undefined, 'bytes=600-', undefined]);
      await rm(path);
    }
  });

  it('goes on after a failed call, with what that one left', async () => {
    reply = () => ({ headers: { etag: '"an-etag"' }, body: bytes, ...cut(600) });
    await expect(download({ md5 }, { settings: { attempts: 1 } })).rejects.toMatchObject({ code: 'ERR_REMOTE' });
    expect(await left()).toEqual(['file.bin.part', 'file.bin.part.json']);
    reply = (asked) => file(bytes, asked);
    await download();
    expect(ranges().at(-1)).toBe('bytes=600-');
    expect(await left()).toEqual(['file.bin']);
  });

  it('does not go on with the part of another file', async () => {
    reply = () => ({ body: Buffer.alloc(1000), ...cut(600) });
    await expect(download({ md5: '0'.repeat(32) }, { settings: { attempts: 1 } })).rejects.toThrow();
    reply = (asked) => file(bytes, asked);
    await download();
    expect(ranges().at(-1)).toBeUndefined();
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('gives up after tries that bring nothing', async () => {
    reply = () => ({ body: bytes, cutAfter: 0 });
    await expect(download()).rejects.toMatchObject({ code: 'ERR_REMOTE', retryable: true });
    expect(server.asked.length).toBe(3);
  });

  it.each([
    ['md5', { md5 }],
    ['dandi-etag', { dandiEtag: etag }],
  ])('that is damaged (%s) is fetched once more, then refused', async (_, expected) => {
    const damaged = Buffer.from(bytes);
    damaged[500] ^= 1;
    reply = (asked, n) => file(n === 0 ? damaged : bytes, asked);
    await download(expected);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    await rm(path);
    reply = (asked) => file(damaged, asked);
    const error = await download(expected).catch((e: Error) => e);
    expect(error).toMatchObject({ code: 'ERR_REMOTE', url: `${server.origin}/file` });
    expect(await left()).toEqual([]);
  });

  it('of the right digest may have another size than its record says', async () => {
    reply = (asked) => file(bytes, asked);
    const findings: Finding[] = [];
    await download({ md5, size: 999 }, { findings });
    expect(findings).toMatchObject([{ code: 'stale-file-size', severity: 'warning' }]);
  });

  it('of the wrong size is refused where there is no digest', async () => {
    reply = (asked) => file(bytes, asked);
    await expect(download({ size: 999 })).rejects.toMatchObject({
      message: expect.stringMatching(/expected 999 bytes, got 1000/),
    });
    expect(existsSync(path)).toBe(false);
  });

  it('stops where it is too large, before it is fetched', async () => {
    reply = (asked) => file(bytes, asked);
    await expect(download({}, { maxBytes: 900 })).rejects.toMatchObject({ code: 'ERR_LIMIT' });
    reply = () => ({ body: bytes, chunked: true });
    await expect(download({}, { maxBytes: 900 })).rejects.toMatchObject({ code: 'ERR_LIMIT' });
    expect(existsSync(path)).toBe(false);
  });

  it('that stalls is taken up again; an abort keeps the part for later', async () => {
    reply = (asked, n) => (n === 0 ? { body: bytes, stallAfter: 300 } : file(bytes, asked));
    await download({ md5 }, { settings: { idleMs: 1000 } });
    expect(ranges()).toEqual([undefined, 'bytes=300-']);
    await rm(path);
    const controller = new AbortController();
    const reason = new Error('enough');
    reply = () => ({ body: bytes, stallAfter: 300 });
    const onProgress = () => controller.abort(reason);
    await expect(download({ md5 }, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(await left()).toEqual(['file.bin.part', 'file.bin.part.json']);
    expect((await readFile(`${path}.part`)).length).toBe(300);
  });

  it('leaves no signature beside the part', async () => {
    reply = () => ({ body: bytes, ...cut(600) });
    await download({ md5 }, { settings: { attempts: 1 } }).catch(() => {});
    expect(await readFile(`${path}.part.json`, 'utf8')).not.toContain('secret');
  });

  it('is not complete where a finished file differs', async () => {
    await writeFile(join(folder, 'x'), bytes.subarray(1));
    expect(await isComplete(join(folder, 'x'), { md5 })).toBe(false);
    expect(await isComplete(join(folder, 'x'), { size: 1000 })).toBe(false);
    expect(await isComplete(folder, { size: 1000 })).toBe(false);
  });
});

describe("DANDI's etag", () => {
  async function* zeros(length: number) {
    for (let left = length; left > 0; left -= 2 ** 20) yield new Uint8Array(Math.min(left, 2 ** 20));
  }
  async function* hello() {
    yield Buffer.from('hel');
    yield Buffer.from('lo');
  }

  // computed with dandischema's digest routine
  it('is that of dandi-cli, a chunk at a time', async () => {
    expect(await multipartEtag(hello(), dandiPartSize(5))).toBe('62109206880d38a4010a98e11243924a-1');
    expect(await multipartEtag(zeros(0), dandiPartSize(0))).toBe('d41d8cd98f00b204e9800998ecf8427e-0');
    expect(await multipartEtag(zeros(2 ** 26 + 1), dandiPartSize(2 ** 26 + 1))).toBe(
      'd4b4f6056a5f5a23cda477d1895a2bbd-2',
    );
  });

  it('has larger parts where there would be 10 000 of them', () => {
    expect(dandiPartSize(2 ** 26 * 9999)).toBe(2 ** 26);
    expect(dandiPartSize(2 ** 26 * 10_000)).toBe(2 ** 26);
    expect(dandiPartSize(2 ** 40)).toBe(Math.ceil(2 ** 40 / 10_000));
  });
});
