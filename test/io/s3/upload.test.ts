/** Files put into S3, read back from the server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../../lib/index.js';
import { putFile } from '../../../lib/io/s3/upload.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';

const small = Buffer.from('a pickle');
const big = Buffer.from(Uint8Array.from({ length: 17 * 2 ** 20 }, (_, i) => (i * 2654435761) >>> 24));
let server: S3Server;
let folder: string;

beforeAll(async () => {
  server = await startS3Server('lab');
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
  await writeFile(join(folder, 'small'), small);
  await writeFile(join(folder, 'big'), big);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => server.proxy.reset());

const put = (file: string, key: string, options = {}) =>
  putFile(join(folder, file), `s3://lab/${key}`, { ...server.options, ...options });
const stored = async (key: string) => {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket: 'lab', Key: key }));
  return Buffer.from(await Body!.transformToByteArray());
};
const exists = (key: string) =>
  server.client.send(new HeadObjectCommand({ Bucket: 'lab', Key: key })).then(
    () => true,
    () => false,
  );

describe('putting a file into S3', () => {
  it.each([
    ['small', small, 1],
    ['big', big, 4],
  ])('%s arrives whole', async (file, bytes, requests) => {
    const progress: Progress[] = [];
    await put(file, `out/${file} 1.pkl`, { onProgress: (p: Progress) => progress.push(p) });
    expect(Buffer.compare(await stored(`out/${file} 1.pkl`), bytes)).toBe(0);
    expect(server.proxy.seen.length).toBe(requests);
    expect(progress.at(-1)).toEqual({ stage: 'uploading', done: bytes.length, total: bytes.length, unit: 'bytes' });
  });

  it('tries again after 503', async () => {
    server.proxy.fault = (_, n) => (n === 2 ? { status: 503, headers: { 'retry-after': '0' } } : undefined);
    await put('big', 'again.pkl');
    expect(Buffer.compare(await stored('again.pkl'), big)).toBe(0);
  });

  it('leaves neither object nor parts when it fails', async () => {
    server.proxy.fault = (request) => (request.url.includes('partNumber=2') ? { status: 403 } : undefined);
    await expect(put('big', 'broken.pkl')).rejects.toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(server.proxy.seen.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('uploadId=') });
    expect(await exists('broken.pkl')).toBe(false);
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    await expect(put('big', 'aborted.pkl', { signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(await exists('aborted.pkl')).toBe(false);
  });

  it('names a missing bucket, and a URL without a key', async () => {
    await expect(putFile(join(folder, 'small'), 's3://nolab/x', server.options)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
    await expect(putFile(join(folder, 'small'), 's3://lab', server.options)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  });
});
