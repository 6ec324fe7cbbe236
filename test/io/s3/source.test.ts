/** Sources in S3, read from a real server over HTTP, with and without things going wrong. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  LimitError,
  type LoadOptions,
  NotFoundError,
  OptionError,
  type Progress,
  RemoteError,
  SpikeData,
} from '../../../lib/index.js';
import type { SourceContext } from '../../../lib/io/context.js';
import { runLoader } from '../../../lib/loading/context.js';
import { keys, type S3Server, startS3Server } from '../../support/s3-server.js';

const big = Uint8Array.from({ length: 20 * 2 ** 20 + 7 }, (_, i) => (i * 2654435761) >>> 24);
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server('lab');
  await server.put('run 1/big#1.bin', big);
  await server.put('small.bin', big.subarray(0, 1000));
  for (const name of ['a.npy', 'b.npy', 'deeper/c.npy']) await server.put(`sorted/${name}`, Buffer.from(name));
});
afterAll(() => server.close());
beforeEach(() => server.proxy.reset());

/** Runs `use` inside a load, as a loader would. */
async function inLoad<T>(options: LoadOptions, use: (context: SourceContext) => Promise<T>) {
  let result: T | undefined;
  const sd = await runLoader(
    { name: 'test', format: 'test' },
    ['s3://lab/x'],
    { ...server.options, ...options },
    async (context) => {
      result = await use(context);
      return new SpikeData([[1]]);
    },
  );
  return { result: result as T, report: sd.report! };
}
const fetched = (source: string, options: LoadOptions = {}) =>
  inLoad(options, async (context) => {
    const path = await context.localFile(source);
    return { path, bytes: await readFile(path) };
  });
const failure = (source: string, options: LoadOptions = {}) =>
  fetched(source, options).then(
    () => expect.unreachable('the load must fail'),
    (error: Error) => error,
  );

describe('a file in S3', () => {
  it('arrives whole, in parallel ranges, and is removed when the load ends', async () => {
    const progress: Progress[] = [];
    const { result, report } = await fetched('s3://lab/run 1/big#1.bin', { onProgress: (p) => progress.push(p) });
    expect(Buffer.compare(result.bytes, big)).toBe(0);
    expect(result.path).toMatch(/big#1\.bin$/);
    expect(existsSync(dirname(result.path))).toBe(false);
    expect(server.proxy.seen.map((r) => r.range).sort()).toEqual([
      'bytes=0-8388607',
      'bytes=16777216-20971526',
      'bytes=8388608-16777215',
    ]);
    expect(report).toMatchObject({ requests: 3, bytesRead: big.length });
    expect(progress.at(-1)).toEqual({ stage: 'downloading', done: big.length, total: big.length, unit: 'bytes' });
  });

  it('takes one request when it is small', async () => {
    const { result, report } = await fetched('s3://lab/small.bin');
    expect(Buffer.compare(result.bytes, big.subarray(0, 1000))).toBe(0);
    expect(report.requests).toBe(1);
  });

  it('takes the answer that no range fits for an empty object', async () => {
    server.proxy.fault = () => ({ status: 416, body: '<Error><Code>InvalidRange</Code></Error>' });
    // s3rver itself breaks off here; this is S3's answer
    expect((await fetched('s3://lab/small.bin')).result.bytes.length).toBe(0);
  });

  it('stops the other parts when one fails for good', async () => {
    server.proxy.fault = (_, n) => (n === 0 ? undefined : n === 1 ? { stall: true } : { status: 403 });
    expect(await failure('s3://lab/run 1/big#1.bin')).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
  });

  it('resumes each broken part where it broke', async () => {
    server.proxy.fault = (_, n) => (n === 1 || n === 3 ? { truncateAfter: 3_000_000 } : undefined);
    const { result } = await fetched('s3://lab/run 1/big#1.bin');
    expect(Buffer.compare(result.bytes, big)).toBe(0);
    const starts = server.proxy.seen.map((r) => Number(/=(\d+)/.exec(r.range!)![1]));
    expect(starts.some((s) => s > 8388608 && s < 16777216)).toBe(true);
  });

  it('tries again after 503 and waits as long as the server asks', async () => {
    server.proxy.fault = (_, n) => (n < 2 ? { status: 503, headers: { 'retry-after': '0' } } : undefined);
    const { report } = await fetched('s3://lab/small.bin');
    expect(report.requests).toBe(3);
  });

  it('gives up on a server that stays busy, and leaves nothing behind', async () => {
    server.proxy.fault = () => ({
      status: 503,
      body: '<Error><Code>SlowDown</Code></Error>',
      headers: { 'retry-after': '0' },
    });
    const error = await failure('s3://lab/small.bin');
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ status: 503, retryable: true, url: 's3://lab/small.bin' });
    expect(server.proxy.seen.length).toBe(5);
  });

  it('fetches once more what fails its checksum, then refuses it', async () => {
    server.proxy.fault = (_, n) => (n === 0 ? { corrupt: true } : undefined);
    const { result } = await fetched('s3://lab/small.bin');
    expect(Buffer.compare(result.bytes, big.subarray(0, 1000))).toBe(0);
    server.proxy.fault = () => ({ corrupt: true });
    expect(await failure('s3://lab/small.bin')).toMatchObject({
      code: 'ERR_REMOTE',
      message: expect.stringMatching(/MD5/),
    });
  });

  it('stops at once when aborted, and removes what had come', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    server.proxy.fault = (_, n) => (n > 0 ? { stall: true } : undefined);
    let path = '';
    const load = inLoad(
      { signal: controller.signal, onProgress: () => setTimeout(() => controller.abort(reason), 20) },
      async (context) => {
        path = await context.localFile('s3://lab/run 1/big#1.bin');
      },
    );
    await expect(load).rejects.toBe(reason);
    expect(path).toBe('');
  });

  it('names missing keys and buckets', async () => {
    expect(await failure('s3://lab/none.bin')).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringMatching(/no object has this key/),
    });
    const error = await failure('s3://nolab/none.bin');
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toMatch(/bucket does not exist/);
    expect(server.proxy.seen.length).toBe(2);
  });

  it.each([
    [{ awsAccessKeyId: 'AKIDWRONG', awsSecretAccessKey: 'verysecret' }, /does not know this access key/],
    [{ ...keys, awsSecretAccessKey: 'verysecret' }, /does not fit/],
  ])('refuses wrong keys once, without telling them', async (wrong, message) => {
    const error = await failure('s3://lab/small.bin', wrong);
    expect(error).toMatchObject({
      code: 'ERR_REMOTE',
      status: 403,
      retryable: false,
      message: expect.stringMatching(message),
    });
    const everything = inspect(error, { depth: 9, showHidden: true });
    expect(everything).not.toMatch(/verysecret|AKIDWRONG|AWS4-HMAC/);
    expect(server.proxy.seen.length).toBe(1);
  });

  it('sends no signature when anonymous', async () => {
    await fetched('s3://lab/small.bin', { awsAccessKeyId: undefined, awsSecretAccessKey: undefined, anonymous: true });
    expect(server.proxy.seen[0].authorization).toBeUndefined();
  });

  it('checks the size before it fetches the rest', async () => {
    const error = await failure('s3://lab/run 1/big#1.bin', { limits: { maxFileBytes: 10_000_000 } });
    expect(error).toBeInstanceOf(LimitError);
    expect(server.proxy.seen.length).toBe(1);
  });

  it.each([
    [{ awsSecretAccessKey: undefined }, 'awsAccessKeyId'],
    [{ awsSecretAccessKey: 5 as unknown as string }, 'awsSecretAccessKey'],
    [{ anonymous: true }, 'anonymous'],
    [{ endpointUrl: 'nonsense' }, 'endpointUrl'],
    [{ regionName: '' }, 'regionName'],
  ])('refuses the options %j', async (wrong, option) => {
    const error = await failure('s3://lab/small.bin', wrong);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option });
  });
});

describe('bytes by position', () => {
  it('fetches only what is read', async () => {
    const { result, report } = await inLoad({}, async (context) => {
      const bytes = await context.openBytes('s3://lab/run 1/big#1.bin');
      return {
        size: bytes.size,
        head: await bytes.read(0, 100),
        middle: await bytes.read(5_000_000, 5_000_010),
        end: await bytes.read(bytes.size - 22, bytes.size),
      };
    });
    expect(result).toEqual({
      size: big.length,
      head: big.slice(0, 100),
      middle: big.slice(5_000_000, 5_000_010),
      end: big.slice(-22),
    });
    expect(report).toMatchObject({ requests: 3, bytesRead: 65536 + 10 + 22 });
  });

  it('refuses ranges outside the object', async () => {
    await expect(
      inLoad({}, async (context) => (await context.openBytes('s3://lab/small.bin')).read(990, 1001)),
    ).rejects.toMatchObject({ code: 'ERR_FORMAT' });
  });
});

describe('a folder in S3', () => {
  it('fetches just the files that are asked for', async () => {
    const { result, report } = await inLoad({}, async (context) => {
      const folder = await context.localFolder('s3://lab/sorted/');
      return {
        names: await folder.list(),
        has: [await folder.has('a.npy'), await folder.has('z.npy')],
        a: await readFile(await folder.file('a.npy'), 'utf8'),
        again: await readFile(await folder.file('a.npy'), 'utf8'),
      };
    });
    expect(result).toEqual({ names: ['a.npy', 'b.npy'], has: [true, false], a: 'a.npy', again: 'a.npy' });
    expect(report.requests).toBe(2);
  });

  it('says what it holds when a file is missing', async () => {
    const load = inLoad({}, async (context) => (await context.localFolder('s3://lab/sorted')).file('z.npy'));
    await expect(load).rejects.toMatchObject({ code: 'ERR_NOT_FOUND', available: ['a.npy', 'b.npy'] });
  });

  it.each(['../a.npy', 'deeper/c.npy', '/etc/passwd', 'a\0b', '..', '', 'C:x', 'a\\b'])(
    'refuses the name %j',
    async (name) => {
      for (const source of ['s3://lab/sorted', '.']) {
        const load = inLoad({}, async (context) => (await context.localFolder(source)).file(name, 'spikeTimesFile'));
        await expect(load).rejects.toMatchObject({ code: 'ERR_OPTION', option: 'spikeTimesFile' });
      }
    },
  );

  it('is not found where no object lies below it', async () => {
    await expect(inLoad({}, (context) => context.localFolder('s3://lab/nothing'))).rejects.toBeInstanceOf(
      NotFoundError,
    );
  });

  it('still reads files where listing is forbidden', async () => {
    server.proxy.fault = (request) =>
      request.url.includes('list-type') ? { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined;
    const warnings: string[] = [];
    const { result } = await inLoad({ onWarning: (f) => warnings.push(f.code) }, async (context) => {
      const folder = await context.localFolder('s3://lab/sorted');
      return [await folder.has('a.npy'), await folder.has('z.npy'), await readFile(await folder.file('b.npy'), 'utf8')];
    });
    expect(result).toEqual([true, false, 'b.npy']);
    expect(warnings).toEqual(['folder-not-listed']);
  });
});
