/** Folders as sources: local ones, and prefixes in S3 of which only the files that are asked for are fetched. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError, NotFoundError, OptionError, RemoteError } from '../core/errors.js';
import type { SourceContext, SourceFolder } from './context.js';
import { memberPath } from './members.js';
import { openS3 } from './s3/client.js';
import { s3Error } from './s3/error.js';
import { s3Name } from './s3/object.js';
import { isS3Url, type S3Location, s3Location } from './s3/url.js';
import { checkFile, fetchS3, localPath } from './source.js';
import { stat } from './stat.js';
import { soon, transferOf, withRetries } from './transfer.js';

/** @throws OptionError for what is no source, NotFoundError where there is no folder, FormatError for other things */
export async function localFolder(source: unknown, option: string, context: SourceContext): Promise<SourceFolder> {
  return isS3Url(source) ? s3Folder(source, option, context) : diskFolder(localPath(source, option), option, context);
}

/** A name out of a user's option or a file: one plain name, nothing that leads out of the folder. */
export function plainName(name: unknown, option: string): string {
  if (!isPlainName(name)) throw new OptionError(option, 'the plain name of a file in the folder', name);
  return name;
}

export function isPlainName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\\0]/.test(name) &&
    !/^[a-z]:/i.test(name)
  );
}

async function diskFolder(path: string, option: string, context: SourceContext): Promise<SourceFolder> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`${option}: no folder can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isDirectory())
    throw new FormatError(`${option} must be a folder, found something else at ${path}`, { path });
  const list = async () => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  };
  const has = (name: string, nameOption = option) =>
    stat(join(path, plainName(name, nameOption))).then(
      (entry) => !entry.isDirectory(),
      () => false,
    );
  return {
    name: path,
    list,
    has,
    async file(name, nameOption = option) {
      if (!(await has(name, nameOption))) throw missing(name, path, nameOption, await list());
      const file = await memberPath(path, join(path, name), context);
      await checkFile(file, nameOption, context);
      return file;
    },
  };
}

function missing(name: string, folder: string, option: string, available: string[]): NotFoundError {
  const listed = available.length ? available.slice(0, 20).join(', ') : 'no files';
  return new NotFoundError(`${option}: no file ${name} in ${folder}, which holds ${listed}`, {
    path: `${folder.replace(/\/$/, '')}/${name}`,
    available,
  });
}

async function s3Folder(source: unknown, option: string, context: SourceContext): Promise<SourceFolder> {
  const location = s3Location(source, option, { folder: true });
  const name = s3Name(location).replace(/\/$/, '');
  const names = await listS3(location, name, context);
  if (names === null) {
    const why = 'the server refuses to list it, so files that cannot be read are taken as missing';
    context.report.warning('folder-not-listed', `${name}: ${why}`);
  } else if (names.length === 0) throw new NotFoundError(`${option}: no objects below ${name}`, { path: name });
  const fetched = new Map<string, Promise<string>>();
  const fetch = (file: string) => {
    const key = location.key ? `${location.key}/${file}` : file;
    const path = fetched.get(file) ?? fetchS3({ ...location, key }, context);
    fetched.set(file, path);
    return path;
  };
  const has = async (file: string, fileOption = option) => {
    plainName(file, fileOption);
    return names ? names.includes(file) : fetch(file).then(() => true, absent);
  };
  return {
    name,
    list: async () => names ?? [],
    has,
    async file(file, fileOption = option) {
      if (names && !(await has(file, fileOption))) throw missing(file, name, fileOption, names);
      return fetch(plainName(file, fileOption));
    },
  };
}

function absent(error: unknown): false {
  if (error instanceof NotFoundError || (error instanceof RemoteError && error.status === 403)) return false;
  throw error;
}

/** Names directly below the prefix, or null where listing is not allowed. */
async function listS3(location: S3Location, name: string, context: SourceContext): Promise<string[] | null> {
  const transfer = transferOf(context);
  const { sdk, client } = await openS3(location, context.options);
  const prefix = location.key ? `${location.key}/` : '';
  const names: string[] = [];
  try {
    for (let token: string | undefined; ; ) {
      const page = await withRetries(transfer, async (signal) => {
        const query = { Bucket: location.bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token };
        transfer.counts.requests++;
        const sent = client.send(new sdk.ListObjectsV2Command(query), signal ? { abortSignal: signal } : {});
        return soon(sent, name, transfer.settings.idleMs, signal).catch((error) => {
          throw s3Error(error, name);
        });
      });
      for (const { Key } of page.Contents ?? []) if (Key && Key !== prefix) names.push(Key.slice(prefix.length));
      // a folder of results has tens of files: thousands mean that it is another folder
      if (!page.IsTruncated || !page.NextContinuationToken || names.length >= 100_000) return names.sort();
      token = page.NextContinuationToken;
    }
  } catch (error) {
    if (error instanceof RemoteError && error.message.includes('403 AccessDenied')) return null;
    throw error;
  } finally {
    client.destroy();
  }
}
