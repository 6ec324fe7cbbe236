/** One job in a confined process: what the library makes of it, and the files that come of it. */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BatchItem } from 'spikelab';
import { endingOf, type ItemWorker } from 'spikelab/server';
import { Problem } from '../core/problem.js';
import type { Settings } from '../core/settings.js';
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
  ) {}

  resultsOf(id: string): string {
    return join(this.settings.data, 'results', id);
  }

  resultOf({ id, attempt }: Pick<Job, 'id' | 'attempt'>): string {
    return join(this.resultsOf(id), String(attempt));
  }

  workOf({ id, attempt }: Pick<Job, 'id' | 'attempt'>): string {
    return join(this.settings.data, 'work', `${id}.${attempt}`);
  }

  /** Outputs are in their place when this returns; nobody is told of them before the job's row is. Rejects with the signal's reason. */
  async run(job: Job, worker: ItemWorker, signal: AbortSignal, onProgress: (share: number) => void): Promise<Executed> {
    const folder = this.workOf(job);
    const limit = AbortSignal.timeout(this.settings.jobTime);
    try {
      await rm(folder, { recursive: true, force: true });
      const place = await this.#place(job);
      const { memory, jobTime, maxSpikes, maxUnits, threads } = this.settings;
      const { failure, ...counts } = await worker.run(itemOf(job, place), {
        ...{ folder, threads, onProgress, cwd: place.folder ?? undefined, also: job.formats.slice(1) },
        signal: AbortSignal.any([signal, limit]),
        limits: { maxSpikes, maxUnits },
        isolate: { memoryBytes: memory, timeoutMs: jobTime, root: place.folder ?? undefined, maxChildren: 2 },
      });
      if (failure) {
        const mayPass = failure.status === 'temporary' && failure.error.code !== 'ERR_ISOLATION';
        const problem = problemOf(failure.status, failure.error, place.folder);
        return { outcome: { ...counts, problem }, outputs: [], mayPass };
      }
      const outputs = await this.#keep(job, folder);
      const warnings = counts.warnings.map(({ code, message }) => ({ code, message: hidden(message, place.folder) }));
      return { outcome: { ...counts, warnings, problem: null }, outputs, mayPass: false };
    } catch (error) {
      if (signal.aborted) throw error;
      if (limit.aborted)
        return failed(504, 'ERR_TIMEOUT', `The job took longer than ${this.settings.jobTime / 1000} s.`);
      if (error instanceof Problem) return failed(error.status, error.code, error.message);
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
    }
  }

  async #place({ upload, source }: Job): Promise<Place> {
    if (upload === null) return allowedPlace(source, this.settings.sources);
    const folder = this.uploads.filesOf(upload);
    await stat(folder).catch(() => {
      throw new Problem(404, 'ERR_NOT_FOUND', 'The upload is gone.');
    });
    return { source, folder };
  }

  async #keep(job: Job, folder: string): Promise<Output[]> {
    const outputs: Output[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length + 1).replaceAll('\\', '/');
      outputs.push({ name, format: formatOf(name, job.formats), bytes: (await stat(path)).size });
    }
    await mkdir(this.resultsOf(job.id), { recursive: true, mode: 0o700 });
    await rename(folder, this.resultOf(job));
    // the main output of each format first, what belongs beside it behind
    const rank = ({ name, format }: Output) => (name === `${stem}${endingOf(format)}` ? 0 : 1);
    return outputs.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }

  /** What an earlier attempt left, or all. */
  async clean(id: string, keep: number | null): Promise<void> {
    const folder = this.resultsOf(id);
    if (keep === null) return rm(folder, { recursive: true, force: true, maxRetries: 3 });
    for (const name of await readdir(folder).catch(() => [])) {
      if (name !== String(keep)) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

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
