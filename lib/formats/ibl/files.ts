/** Fetches files of sessions: from each server in turn, verified, into ONE's cache layout or a temporary folder. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NotFoundError, RemoteError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { HttpClient, urlOf } from '../../io/http/client.js';
import { downloadHttp, isComplete } from '../../io/http/download.js';
import { makeTemporaryFolder } from '../../io/temporary.js';
import type { Transfer } from '../../io/transfer.js';
import { type Dataset, localPathOf } from './datasets.js';
import { bucketRoot, flatironRoot, type IblServers } from './options.js';

/** Downloads at a time, as many as ONE makes. */
const mostAtOnce = 4;

export class SessionFiles {
  readonly #progress = new Map<Dataset, { done: number; total: number | null }>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #folder: Promise<string> | undefined;

  constructor(
    private readonly servers: IblServers,
    private readonly context: Pick<SourceContext, 'limits' | 'report' | 'onEnd'>,
    private readonly transfer: Transfer,
  ) {}

  /** The local path of a dataset's file. */
  async fetch(dataset: Dataset): Promise<string> {
    // a download that ends hands its place to the next one
    if (this.#running >= mostAtOnce) await new Promise<void>((start) => this.#waiting.push(start));
    else this.#running++;
    try {
      return await this.#fetchNow(dataset);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  async #fetchNow(dataset: Dataset): Promise<string> {
    const path = join(await this.#root(), ...localPathOf(dataset));
    const expected = { size: dataset.size, md5: dataset.md5 };
    if (this.servers.cacheDir && (await isComplete(path, expected, this.transfer.signal))) return path;
    const failures: Error[] = [];
    const http = this.#client(dataset);
    const urls = urlsOf(dataset, this.servers);
    for (const url of urls) {
      try {
        const { maxFileBytes } = this.context.limits;
        const onFinding = this.context.report.add.bind(this.context.report);
        await downloadHttp(url, path, http, { expected, maxBytes: maxFileBytes, onFinding });
        return path;
      } catch (error) {
        this.transfer.signal?.throwIfAborted();
        if (!(error instanceof NotFoundError || error instanceof RemoteError)) throw error;
        failures.push(error);
      }
    }
    throw noSource(dataset, failures);
  }

  /** Without credentials: data servers are public, and refuse or leak what they do not need. Progress is that of all files. */
  #client(dataset: Dataset): HttpClient {
    const { onProgress } = this.transfer;
    if (!onProgress) return new HttpClient(this.transfer);
    this.#progress.set(dataset, { done: 0, total: dataset.size });
    const ofAll: typeof onProgress = ({ stage, done, total, unit }) => {
      this.#progress.set(dataset, { done, total });
      const files = [...this.#progress.values()];
      const sum = files.reduce<number | null>((a, f) => (a === null || f.total === null ? null : a + f.total), 0);
      onProgress({ stage, done: files.reduce((a, f) => a + f.done, 0), total: sum, unit });
    };
    return new HttpClient({ ...this.transfer, onProgress: ofAll });
  }

  #root(): Promise<string> {
    this.#folder ??= this.#makeRoot();
    return this.#folder;
  }

  async #makeRoot(): Promise<string> {
    if (this.servers.cacheDir) {
      await mkdir(this.servers.cacheDir, { recursive: true });
      return this.servers.cacheDir;
    }
    const folder = await makeTemporaryFolder();
    this.context.onEnd(folder.remove);
    return folder.path;
  }
}

/** Where a file may lie, first choice first. */
export function urlsOf(dataset: Dataset, { dataUrls }: Pick<IblServers, 'dataUrls'>): string[] {
  const roots = dataUrls ?? (dataset.root === flatironRoot ? [bucketRoot, flatironRoot] : [dataset.root]);
  return roots.map((root) => urlOf(root, ...dataset.remotePath));
}

function noSource(dataset: Dataset, failures: Error[]): Error {
  if (failures.length === 1) return failures[0];
  const message = `${dataset.collection}/${dataset.name} cannot be had: ${failures.map((f) => f.message).join('; ')}`;
  if (failures.every((failure) => failure instanceof NotFoundError)) {
    return new NotFoundError(message, { path: failures[0] instanceof NotFoundError ? failures[0].path : dataset.name });
  }
  const last = failures.findLast((failure) => failure instanceof RemoteError)!;
  const { url, status, retryable } = last as RemoteError;
  return new RemoteError(message, { url, status, retryable });
}
