/** Servers that are slow, lie, cut off, ignore ranges or change their files: typed errors, nothing left, no secret told. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadSpikeDataFromNwb } from '../../../lib/index.js';
import { type RangeServer, startRangeServer, type Wrong } from '../../support/range-server.js';
import { sparseFile } from '../../support/sparse-file.js';

const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const secret = 'X-Token=s3cr3t';
let server: RangeServer;
let small: string;
let large: string;
let folder: string;
const usual = process.env.TMPDIR;

beforeAll(async () => {
  server = await startRangeServer();
  small = `${server.serve('/small.nwb', await readFile(`${fixtures}nwb/full.nwb`))}?${secret}`;
  large = `${server.serve('/large.nwb', await sparseFile(`${fixtures}remote/large.nwb.json`))}?${secret}`;
});
afterAll(() => server.close());
beforeEach(async () => {
  server.reset();
  folder = await mkdtemp(join(tmpdir(), 'servers-'));
  process.env.TMPDIR = folder;
  return async () => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    await rm(folder, { recursive: true });
  };
});

const load = (url: string, options: LoadOptions = {}) =>
  loadSpikeDataFromNwb(url, { allowPrivateHosts: true, onWarning: () => {}, ...options });

async function failure(url: string, wrong: (number: number) => Wrong | undefined, options: LoadOptions = {}) {
  server.wrong = ({ number }) => wrong(number);
  const error = await load(url, options).then(
    () => expect.unreachable(),
    (found: Error) => found,
  );
  expect(inspect(error, { depth: 6 })).not.toMatch(/s3cr3t/);
  expect(await readdir(folder)).toEqual([]);
  return error;
}

describe('a server', () => {
  it('that breaks connections is asked for the rest', async () => {
    server.wrong = ({ number }) => (number === 1 ? { cutAfter: 1000 } : undefined);
    const sd = await load(large);
    expect(sd.N).toBe(60);
    expect(server.requests[2]).toMatchObject({ start: server.requests[1].start + 1000 });
  });

  it('that asks to wait is waited for', async () => {
    server.wrong = ({ number }) => (number === 1 ? { status: 503, headers: { 'retry-after': '0' } } : undefined);
    expect((await load(large)).N).toBe(60);
  });

  it('that replaces its file while it is read is found out', async () => {
    const error = await failure(large, (number) => (number > 0 ? { etag: '"two"' } : undefined));
    expect(error).toMatchObject({ code: 'ERR_REMOTE', message: expect.stringMatching(/replaced while it was read/) });
  });

  it('that answers with another range, or another size, is found out', async () => {
    for (const contentRange of ['bytes 5-9/4295181409', 'bytes 4295027712-4295158783/77']) {
      for (const from of [0, 1]) {
        server.reset();
        const error = await failure(large, (number) => (number >= from ? { contentRange } : undefined));
        expect(error).toMatchObject({ code: 'ERR_REMOTE' });
      }
    }
  });

  it('that sends more than was asked for is not believed', async () => {
    const error = await failure(large, (number) => (number > 0 ? { body: new Uint8Array(2 ** 20) } : undefined));
    expect(error).toMatchObject({ code: 'ERR_REMOTE', message: expect.stringMatching(/more bytes/) });
  });

  it('that sends other bytes gives a damaged file', async () => {
    const noise = new Uint8Array(2 ** 17).map((_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    const error = await failure(large, (number) => (number > 0 ? { body: noise } : undefined));
    expect((error as { code?: string }).code).toMatch(/^ERR_(FORMAT|REMOTE)$/);
  });

  it('that refuses says so', async () => {
    expect(await failure(large, () => ({ status: 403 }))).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(await failure(`${server.origin}/nothing.nwb?${secret}`, () => undefined)).toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('that ignores ranges gives the whole file, which goes when the load ends', async () => {
    server.wrong = () => ({ ignoresRange: true });
    const sd = await load(small);
    expect(sd.report).toMatchObject({ remote: 'download' });
    expect(sd.report!.findings.map(({ code }) => code)).toContain('ranges-not-served');
    expect(await readdir(folder)).toEqual([]);
    const limits = { maxFileBytes: 1000 };
    expect(await failure(small, () => ({ ignoresRange: true }), { limits })).toMatchObject({ code: 'ERR_LIMIT' });
  });

  it('is asked for the whole file where that is wanted', async () => {
    const sd = await load(small, { remote: 'download' });
    expect(sd.report).toMatchObject({ remote: 'download', requests: server.requests.length });
    expect(await readdir(folder)).toEqual([]);
    await expect(load(small, { remote: 'both' as never })).rejects.toMatchObject({ code: 'ERR_OPTION' });
  });

  it('is not asked where it lies in the own network, unless that is allowed', async () => {
    await expect(load(small, { allowPrivateHosts: false })).rejects.toMatchObject({ code: 'ERR_REMOTE' });
    expect(server.requests).toEqual([]);
  });

  it('stops at once when the load is aborted', async () => {
    const control = new AbortController();
    const error = await failure(
      large,
      (number) => {
        if (number > 0) control.abort(new Error('enough'));
        return undefined;
      },
      { signal: control.signal },
    );
    expect(error.message).toBe('enough');
  });
});

describe('a signed URL that expires', () => {
  const expires = ({ path, number }: { path: string; number: number }) =>
    number > 1 && !path.includes('fresh') ? { status: 403 } : undefined;

  it('is renewed by refreshUrl, once for all requests', async () => {
    server.wrong = expires;
    const asked: string[] = [];
    const sd = await load(large, {
      refreshUrl: async (url) => {
        asked.push(url.href);
        return new URL(`?${secret}-fresh`, url);
      },
    });
    expect(sd.N).toBe(60);
    expect(asked).toEqual([large]);
  });

  it('is an error without it, and where it gives nothing', async () => {
    server.wrong = expires;
    await expect(load(large)).rejects.toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    server.reset();
    server.wrong = expires;
    await expect(load(large, { refreshUrl: async () => 'ftp://s3cr3t' })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.not.stringMatching(/s3cr3t/),
    });
  });
});
