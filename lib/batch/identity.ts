/** What tells one version of a source from another: size and time of change, or what a server tells. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { NotFoundError } from '../core/errors.js';
import { pickOptions } from '../core/known-options.js';
import { loadOptionNames } from '../core/options.js';
import { withoutSecrets } from '../core/report.js';
import { httpVersionOf } from '../io/http/version.js';
import { isS3Url } from '../io/s3/url.js';
import { versionOf } from '../io/s3/version.js';
import { localPath } from '../io/source.js';
import { lstat, stat } from '../io/stat.js';
import type { Work } from './contract.js';
import { digestOf } from './items.js';
import { packageVersion } from './version.js';

export interface Identity {
  readonly hash: string;
  /** Of the source; of a folder of all its files. */
  readonly bytes: number;
}

/** Keys that change from day to day and name no other data. */
const secret = new Set(['awsAccessKeyId', 'awsSecretAccessKey', 'awsSessionToken', 'password', 'username']);

/** Files of one folder that are looked at: a Zarr of a long recording has tens of thousands. */
const mostFiles = 200_000;

export const isRemote = (source: string): boolean => /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(source);

/** @throws NotFoundError, RemoteError */
export async function identityOf(work: Work, signal?: AbortSignal): Promise<Identity> {
  const { parts, bytes } = isRemote(work.source) ? await remote(work, signal) : await local(work.source);
  const { source, do: operation, format, output } = work;
  const options = Object.fromEntries(Object.entries(work.options).filter(([name]) => !secret.has(name)));
  return {
    bytes,
    hash: digestOf({
      parts,
      source: withoutSecrets(source),
      operation,
      format,
      options,
      output,
      version: packageVersion(),
    }),
  };
}

interface Looked {
  parts: unknown;
  bytes: number;
}

async function remote({ source, options }: Work, signal?: AbortSignal): Promise<Looked> {
  const given = { ...pickOptions(options, loadOptionNames), signal };
  const head = isS3Url(source) ? await versionOf(source, given) : await httpVersionOf(source, given);
  return { parts: [head.size, head.version], bytes: head.size };
}

async function local(source: string): Promise<Looked> {
  const path = localPath(source, 'source');
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause;
    throw new NotFoundError(`source: no file or folder is at ${path} (${cause.code})`, { path }, { cause });
  });
  if (found.isDirectory()) return folder(path);
  // SpikeGLX keeps rate, channels and gains of a .bin beside it
  const beside = await stat(`${path.slice(0, path.length - extname(path).length)}.meta`).catch(() => undefined);
  return { parts: [mark(found), beside ? mark(beside) : null], bytes: found.size };
}

const mark = ({ size, mtimeMs }: { size: number; mtimeMs: number }) => `${size} ${mtimeMs}`;

async function folder(root: string): Promise<Looked> {
  const parts: string[] = [];
  let bytes = 0;
  const visit = async (path: string): Promise<void> => {
    for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (parts.length >= mostFiles) return;
      const inner = join(path, entry.name);
      if (entry.isDirectory()) await visit(inner);
      else {
        const found = await stat(inner).catch(() => lstat(inner));
        bytes += found.size;
        parts.push(`${inner.slice(root.length)} ${mark(found)}`);
      }
    }
  };
  await visit(root);
  return { parts, bytes };
}
