/** Checksums that s3rver does not have: multipart ETags with their parts, and encrypted objects. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { downloadS3 } from '../../../lib/io/s3/download.js';
import { openS3Object } from '../../../lib/io/s3/object.js';
import { transferOf } from '../../../lib/io/transfer.js';
import { type Asked, file, type Reply, startWebServer, type WebServer } from '../../support/web-server.js';

const bytes = Buffer.from(Uint8Array.from({ length: 12_000_000 }, (_, i) => (i * 2654435761) >>> 24));
const partBytes = 5_000_000;
const parts = [0, 1, 2].map((i) => bytes.subarray(i * partBytes, (i + 1) * partBytes));
const md5 = (data: Uint8Array) => createHash('md5').update(data).digest();
const etag = `"${md5(Buffer.concat(parts.map(md5))).toString('hex')}-3"`;

let server: WebServer;
let reply: (asked: Asked) => Reply;
let folder: string;
beforeAll(async () => {
  server = await startWebServer((asked) => reply(asked));
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checksum-'));
  return () => rm(folder, { recursive: true });
});

/** As S3 answers HEAD with a part number. */
function part({ path }: Asked, sizes: number[]): Reply {
  const number = Number(/partNumber=(\d+)/.exec(path)![1]);
  const size = sizes[number - 1];
  return { status: 206, headers: { etag, 'x-amz-mp-parts-count': '3', 'content-length': String(size) } };
}

async function download() {
  const findings: string[] = [];
  const transfer = transferOf({}, { attempts: 2, baseMs: 1 });
  const options = { endpointUrl: server.origin, anonymous: true, regionName: 'us-east-1' };
  const object = await openS3Object({ bucket: 'lab', key: 'big.bin' }, options, transfer, 2 ** 20);
  await downloadS3(object, join(folder, 'big.bin'), transfer, { info: (code) => findings.push(code) });
  object.close();
  return findings;
}

describe('a multipart ETag', () => {
  const sizes = parts.map((p) => p.length);

  it('is computed over parts of the size that the server tells', async () => {
    reply = (asked) => (asked.method === 'HEAD' ? part(asked, sizes) : file(bytes, asked, etag));
    expect(await download()).toEqual([]);
  });

  it('finds damage', async () => {
    const damaged = Buffer.from(bytes);
    damaged[7_000_000] ^= 1;
    reply = (asked) => (asked.method === 'HEAD' ? part(asked, sizes) : file(damaged, asked, etag));
    await expect(download()).rejects.toMatchObject({ code: 'ERR_REMOTE', message: expect.stringMatching(/ETag/) });
  });

  it('of unequal parts, or of a server that does not tell them, stays unverified', async () => {
    reply = (asked) =>
      asked.method === 'HEAD' ? part(asked, [4_000_000, 6_000_000, 2_000_000]) : file(bytes, asked, etag);
    expect(await download()).toEqual(['checksum-not-verified']);
    await rm(join(folder, 'big.bin'));
    reply = (asked) => (asked.method === 'HEAD' ? { status: 400 } : file(bytes, asked, etag));
    expect(await download()).toEqual(['checksum-not-verified']);
  });
});

it('takes the ETag of an object encrypted with KMS for no MD5', async () => {
  const other = `"${'0'.repeat(32)}"`;
  reply = (asked) => {
    const usual = file(bytes, asked, other);
    return { ...usual, headers: { ...usual.headers, 'x-amz-server-side-encryption': 'aws:kms' } };
  };
  expect(await download()).toEqual(['checksum-not-verified']);
});
