/** One job in a confined process: what the library makes of it, and the files that come of it. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BatchItem } from 'spikelab';
import { endingOf, type ItemWorker } from 'spikelab/server';
import { Problem } from '../core/problem.js';
import type { Settings } from '../core/settings.js';
import type { Store } from '../uploads/store.js';
import type { Uploads } from '../uploads/uploads.js';
import type { Job, Outcome, Output } from './jobs.js';
import { allowedPlace, type Place } from './sources.js';

export interface Executed {
  readonly outcome: Outcome;
  readonly outputs: readonly Output[];
  /** It may succeed another time. */
  readonly mayPass: boolean;
}

/** The name of every output before its ending: none of a client's. */
const stem = 'result';

type ExecuteSettings = Pick<Settings, 'data' | 'memory' | 'jobTime' | 'maxSpikes' | 'maxUnits' | 'threads' | 'sources'>;

export class Executor {
  constructor(
    private readonly settings: ExecuteSettings,
    private readonly uploads: Uploads,
    private readonly store: Store,
  ) {}

  #workOf({ id, attempt }: Pick<Job, 'id' | 'attempt'>): string {
    return join(this.settings.data, 'work', `${id}.${attempt}`);
  }

  /** What a job reads, where that lies elsewhere. */
  #inputOf(job: Pick<Job, 'id' | 'attempt'>): string {
    return `${this.#workOf(job)}.input`;
  }

  /** Outputs are in their place when this returns; nobody is told of them before the job's row is. Rejects with the signal's reason. */
  async run(job: Job, worker: ItemWorker, signal: AbortSignal, onProgress: (share: number) => void): Promise<Executed> {
    const folder = this.#workOf(job);
    const limit = AbortSignal.timeout(this.settings.jobTime);
    const either = AbortSignal.any([signal, limit]);
    try {
      await this.clear(job);
      const place = await this.#place(job, either);
      const { memory, jobTime, maxSpikes, maxUnits, threads } = this.settings;
      const { failure, ...counts } = await worker.run(itemOf(job, place), {
        ...{ folder, threads, onProgress, cwd: place.folder ?? undefined, also: job.formats.slice(1) },
        signal: either,
        limits: { maxSpikes, maxUnits },
        isolate: { memoryBytes: memory, timeoutMs: jobTime, root: place.folder ?? undefined, maxChildren: 2 },
      });
      if (failure) {
        const mayPass = failure.status === 'temporary' && failure.error.code !== 'ERR_ISOLATION';
        const problem = problemOf(failure.status, failure.error, place.folder);
        return { outcome: { ...counts, problem }, outputs: [], mayPass };
      }
      const outputs = await this.#keep(job, folder, either);
      const warnings = counts.warnings.map(({ code, message }) => ({ code, message: hidden(message, place.folder) }));
      return { outcome: { ...counts, warnings, problem: null }, outputs, mayPass: false };
    } catch (error) {
      if (signal.aborted) throw error;
      if (limit.aborted)
        return failed(504, 'ERR_TIMEOUT', `The job took longer than ${this.settings.jobTime / 1000} s.`);
      if (error instanceof Problem) {
        const mayPass = ['ERR_STORE', 'ERR_NO_SPACE'].includes(error.code);
        return { ...failed(error.status, error.code, error.message), mayPass };
      }
      throw error;
    } finally {
      await this.clear(job).catch(() => {});
    }
  }

  /** What an attempt has on this machine. */
  async clear(job: Pick<Job, 'id' | 'attempt'>): Promise<void> {
    for (const folder of [this.#workOf(job), this.#inputOf(job)]) {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #place(job: Job, signal: AbortSignal): Promise<Place> {
    const { upload, source } = job;
    if (upload === null) return allowedPlace(source, this.settings.sources);
    return { source, folder: await this.uploads.fetch(upload, this.#inputOf(job), signal) };
  }

  async #keep(job: Job, folder: string, signal: AbortSignal): Promise<Output[]> {
    const outputs: Output[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length + 1).replaceAll('\\', '/');
      outputs.push({ name, format: formatOf(name, job.formats), bytes: (await stat(path)).size });
    }
    await this.store.put(folder, keyOf(job), signal);
    // the main output of each format first, what belongs beside it behind
    const rank = ({ name, format }: Output) => (name === `${stem}${endingOf(format)}` ? 0 : 1);
    return outputs.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }

  /** Bytes of an output, both ends included. @throws Problem */
  open(job: Pick<Job, 'id' | 'attempt'>, name: string, start: number, end: number): Promise<Readable> {
    return this.store.open(`${keyOf(job)}/${name}`, start, end);
  }

  /** What an earlier attempt left, or all. */
  async clean(id: string, keep: number | null): Promise<void> {
    const key = `results/${id}`;
    if (keep === null) return this.store.remove(key);
    // before the first there was none
    if (keep === 1) return;
    for (const name of await this.store.names(key)) {
      if (name !== String(keep)) await this.store.remove(`${key}/${name}`);
    }
  }

  /** What this attempt made; another process may have made the result. */
  discard(job: Pick<Job, 'id' | 'attempt'>): Promise<void> {
    return this.store.remove(keyOf(job));
  }
}

const keyOf = ({ id, attempt }: Pick<Job, 'id' | 'attempt'>) => `results/${id}/${attempt}`;

function itemOf({ operation, formats, options }: Job, { source }: Place): BatchItem {
  return { source, id: stem, do: operation, format: formats[0], options: { ...options } };
}

/** The longest ending that fits: `result.units.parquet` is of the format of `result.parquet`. */
function formatOf(name: string, formats: readonly string[]): string {
  const fitting = formats.filter((format) => endingOf(format) !== '' && name.endsWith(endingOf(format)));
  return (
    fitting.sort((a, b) => endingOf(b).length - endingOf(a).length)[0] ??
    formats.find((f) => endingOf(f) === '') ??
    formats[0]
  );
}

const none = { units: 0, spikes: 0, seconds: 0, peakBytes: 0, warnings: [] };

const failed = (status: number, code: string, detail: string): Executed => ({
  outcome: { ...none, problem: { status, code, detail } },
  outputs: [],
  mayPass: false,
});

type Failure = { code: string; message: string };

function problemOf(status: string, { code, message }: Failure, folder: string | null): Outcome['problem'] {
  if (status === 'bug') {
    // what is no error of the library's may hold anything
    const known = code.startsWith('ERR_') ? hidden(message, folder) : 'The job failed by a fault of the server.';
    return { status: 500, code: code.startsWith('ERR_') ? code : 'ERR_INTERNAL', detail: known };
  }
  if (code === 'ERR_WRITE' || /ENOSPC|EDQUOT/.test(`${code} ${message}`)) {
    return { status: 507, code: 'ERR_NO_SPACE', detail: 'The server has no space left for the result.' };
  }
  const statuses: Readonly<Record<string, number>> = { ERR_LIMIT: 413, ERR_REMOTE: 502, ERR_WORKER: 503 };
  return { status: statuses[code] ?? 422, code, detail: hidden(message, folder) };
}

/** A message without the folder in which the server keeps the source. */
function hidden(message: string, folder: string | null): string {
  const text = message.replace(/^--from\b/, 'options.from');
  return folder === null ? text : text.replaceAll(`${folder}/`, '').replaceAll(folder, '.');
}
