// What the processes of postgres.mjs share besides the database: one data folder, or a bucket.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from './one-server.mjs';

const newFolder = () => mkdtempSync(join(tmpdir(), 'spikelab-data-'));

export async function folderStore(processes) {
  const data = newFolder();
  const entries = (kind) => (existsSync(join(data, kind)) ? readdirSync(join(data, kind)) : []);
  return {
    ...{ name: 'one data folder', folders: Array(processes).fill(data), flags: [], env: {}, passing: ['work', 'tus'] },
    /** [id, attempt or folder] */
    list: async (kind) => entries(kind).flatMap((id) => entries(join(kind, id)).map((name) => [id, name])),
    close: async () => rmSync(data, { recursive: true, force: true }),
  };
}

export async function s3Store(processes) {
  const { keys, startS3Server } = await testSupport('s3-server');
  const s3 = await startS3Server('bucket');
  const folders = Array.from({ length: processes }, newFolder);
  return {
    ...{ name: 'a data folder each and one bucket', folders, passing: ['work', 'tus', 'uploads', 'results'] },
    flags: ['--store', 's3://bucket/a/prefix', '--store-endpoint', s3.conditions.url],
    env: { AWS_ACCESS_KEY_ID: keys.awsAccessKeyId, AWS_SECRET_ACCESS_KEY: keys.awsSecretAccessKey },
    list: async (kind) => (await s3.list(`a/prefix/${kind}/`)).map((key) => key.split('/').slice(3, 5)),
    async close() {
      await s3.close();
      for (const each of folders) rmSync(each, { recursive: true, force: true });
    },
  };
}

/** A module of test/support, which is TypeScript. */
async function testSupport(name) {
  const folder = join(root, 'build/prove-server');
  mkdirSync(folder, { recursive: true });
  const bundled = await rolldown({
    input: join(root, 'test/support', `${name}.ts`),
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  });
  await bundled.write({ file: join(folder, `${name}.mjs`), format: 'esm' });
  await bundled.close();
  return import(pathToFileURL(join(folder, `${name}.mjs`)).href);
}
