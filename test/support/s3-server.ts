/** A real S3 server (s3rver: it checks signatures) on loopback, reached through a proxy that can break things. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type Conditions, startConditions } from './s3-conditions.js';

/** The key pair that s3rver knows. */
export const keys = { awsAccessKeyId: 'S3RVER', awsSecretAccessKey: 'S3RVER' };

export interface S3Server {
  proxy: FaultProxy;
  /** Options of a load that reads from this server. */
  options: typeof keys & { endpointUrl: string; regionName: string };
  /** The same server as one that keeps `If-None-Match`, at a URL of its own. */
  conditions: Conditions;
  put(key: string, bytes: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  /** Keys that begin so. */
  list(prefix: string): Promise<string[]>;
  client: S3Client;
  close(): Promise<void>;
}

export async function startS3Server(bucket: string): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 's3rver-'));
  const common = { address: '127.0.0.1', port: 0, silent: true, directory, vhostBuckets: false };
  const server = new S3rver({ ...common, configureBuckets: [{ name: bucket }] });
  const { port } = await server.run();
  // s3rver computes the signature of requests to a bucket for the path /bucket, while the SDK sends (and signs) /bucket/. These
  // go to a second server over the same files that does not compare signatures.
  const lenient = new S3rver({ ...common, allowMismatchedSignatures: true });
  const { port: lenientPort } = await lenient.run();
  const proxy = await startFaultProxy((path) => (/^\/[^/]+\/?(\?|$)/.test(path) ? lenientPort : port));
  const conditions = await startConditions(proxy.url, (path) => existsSync(join(directory, `${path}._S3rver_object`)));
  const clientOf = (of: number) =>
    new S3Client({
      endpoint: `http://127.0.0.1:${of}`,
      forcePathStyle: true,
      region: 'us-east-1',
      credentials: { accessKeyId: keys.awsAccessKeyId, secretAccessKey: keys.awsSecretAccessKey },
    });
  const client = clientOf(port);
  const lister = clientOf(lenientPort);
  return {
    proxy,
    conditions,
    client,
    options: { ...keys, endpointUrl: proxy.url, regionName: 'us-east-1' },
    async put(key, bytes) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes }));
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async list(prefix) {
      const found: string[] = [];
      for (let ContinuationToken: string | undefined; ; ) {
        const page = await lister.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }));
        found.push(...(page.Contents ?? []).map(({ Key }) => Key as string));
        ContinuationToken = page.NextContinuationToken;
        if (!page.IsTruncated) return found.sort();
      }
    },
    async close() {
      client.destroy();
      lister.destroy();
      await conditions.close();
      await proxy.close();
      for (const each of [server, lenient]) {
        each.httpServer.closeAllConnections();
        await each.close();
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}
