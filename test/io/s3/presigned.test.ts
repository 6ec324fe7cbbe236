/** Presigned URLs: the signature goes along with each range, and nowhere else. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadS3 } from '../../../lib/io/s3/download.js';
import { openPresigned } from '../../../lib/io/s3/presigned.js';
import { s3Location } from '../../../lib/io/s3/url.js';
import { transferOf } from '../../../lib/io/transfer.js';
import { file, startWebServer, type WebServer } from '../../support/web-server.js';

const bytes = Buffer.from(Uint8Array.from({ length: 9 * 2 ** 20 }, (_, i) => (i * 2654435761) >>> 24));
const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
let server: WebServer;

beforeAll(async () => {
  server = await startWebServer((asked) => {
    if (asked.headers.authorization) return { status: 400 };
    const signed = asked.path === '/lab/key.bin?X-Amz-Signature=5ec7e7';
    return signed ? file(bytes, asked, etag) : { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
  });
});
afterAll(() => server.close());

describe('a presigned URL', () => {
  it('is told from others', () => {
    const url = 'https://lab.s3.us-west-2.amazonaws.com/key.bin?X-Amz-Signature=5ec7e7';
    expect(s3Location(url, 'source').presignedUrl).toBe(url);
    expect(s3Location('https://lab.s3.us-west-2.amazonaws.com/key.bin?versionId=3', 'source')).toEqual({
      bucket: 'lab',
      key: 'key.bin',
      region: 'us-west-2',
      versionId: '3',
    });
  });

  it('is fetched in ranges and verified', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'presigned-'));
    const transfer = transferOf({ allowPrivateHosts: true });
    const object = await openPresigned(`${server.origin}/lab/key.bin?X-Amz-Signature=5ec7e7`, transfer, 2 ** 23);
    await downloadS3(object, join(folder, 'key.bin'), transfer, { info: () => expect.unreachable() });
    expect(Buffer.compare(await readFile(join(folder, 'key.bin')), bytes)).toBe(0);
    expect(server.asked.map((asked) => asked.headers.range)).toEqual(['bytes=0-8388607', 'bytes=8388608-9437183']);
    await rm(folder, { recursive: true });
  });

  it('that has expired is refused without being repeated', async () => {
    const error = await openPresigned(
      `${server.origin}/lab/key.bin?X-Amz-Signature=01d`,
      transferOf({ allowPrivateHosts: true }),
      100,
    ).catch((e) => e);
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 403, url: `${server.origin}/lab/key.bin` });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('01d');
  });
});
