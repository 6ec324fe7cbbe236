/**
 * Work on files in a child process: whatever a hostile file does to the reader there is an error here. This process never opens the
 * file; it gets spike trains, samples, attributes and the report, or the error.
 */
import { NotFoundError, OptionError } from '../../core/errors.js';
import { type IsolationSettings, markIsolated, resolveIsolation } from '../../core/isolation.js';
import type { LoadOptions } from '../../core/options.js';
import { withoutSecrets } from '../../core/report.js';
import { resolveFollowLinks } from '../../io/members.js';
import type { Recording } from '../../recordings/recording.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { planOf } from './plan.js';
import { keptChildren, type Lease, lease } from './pool.js';
import type { Terms } from './reader.js';

/** One call of a public function, in a child. */
export function loadIsolated(name: string, args: readonly unknown[], options: LoadOptions): Promise<SpikeData> {
  return callIsolated(name, args, options) as Promise<SpikeData>;
}

export async function callIsolated(name: string, args: readonly unknown[], options: LoadOptions): Promise<unknown> {
  const { held, result } = await call(name, args, options);
  await held.release(true);
  return result;
}

/** Recordings that are being opened, and will keep their children. */
let opening = 0;

/**
 * A recording that a child has open: each read is a request to it. It counts as a loading child only while it opens. The next of too
 * many does not wait, since those that are open may stay so for ever.
 */
export async function openIsolated(source: unknown, options: LoadOptions): Promise<Recording> {
  const { maxRecordings } = resolveIsolation(options.isolate) as IsolationSettings;
  const open = keptChildren() + opening;
  if (open >= maxRecordings) {
    const hint = 'Close recordings, or raise it: each keeps a process of its own.';
    throw new OptionError('isolate.maxRecordings', `more than the ${open} that are open`, maxRecordings, hint);
  }
  opening++;
  try {
    const { held, result, terms } = await call('openRecording', [source], options);
    held.keep();
    return recordingOf(result as Recording, held, terms);
  } finally {
    opening--;
  }
}

interface Called {
  held: Lease;
  result: unknown;
  terms: Terms;
}

async function call(name: string, args: readonly unknown[], options: LoadOptions): Promise<Called> {
  const settings = resolveIsolation(options.isolate) as IsolationSettings;
  resolveFollowLinks(options);
  const body = { kind: 'call' as const, ...bodyOf(name, args, options) };
  const { signal, onProgress, onWarning } = options;
  const held = await lease(planOf(name, body.args, body.options, settings), settings, signal);
  const path = withoutSecrets(String(args[0] ?? name));
  const terms: Terms = { signal, onProgress, onWarning, path, timeoutMs: settings.timeoutMs };
  try {
    return { held, terms, result: await held.reader.request(body, terms) };
  } catch (error) {
    const unused = held.reader.isUntouched && signal?.aborted === true;
    await held.release(unused || isHarmless(error));
    throw error;
  }
}

/** Errors that point at the call. After one that points at a file's content the child is not used again: who knows what it did. */
function isHarmless(error: unknown): boolean {
  return error instanceof OptionError || error instanceof NotFoundError;
}

function bodyOf(name: string, args: readonly unknown[], options: LoadOptions) {
  const { signal: _signal, onProgress: _onProgress, onWarning: _onWarning, isolate: _isolate, ...rest } = options;
  const body = { name, args: args.map(plain), options: plain(rest) as { cacheDir?: unknown } };
  try {
    structuredClone(body);
  } catch {
    throw new OptionError(
      'isolate',
      'false for sources that are objects of this process: only paths and URLs reach a child',
      true,
    );
  }
  return body;
}

/** URLs travel as their text; everything else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof URL) return value.href;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}

function recordingOf(fields: Recording, held: Lease, opened: Terms): Recording {
  const { reader } = held;
  const terms = { ...opened, signal: undefined, onProgress: undefined };
  let closed = false;
  let reads = 0;
  const close = async () => {
    if (closed) return;
    closed = true;
    await held.release(false);
  };
  return markIsolated({
    ...fields,
    async read(range, { signal } = {}) {
      if (closed) throw new OptionError('recording', 'open', `a closed one (${terms.path})`);
      signal?.throwIfAborted();
      reader.hold(++reads > 0);
      try {
        return (await reader.request({ kind: 'read', range: plain(range) }, { ...terms, signal })) as Awaited<
          ReturnType<Recording['read']>
        >;
      } finally {
        reader.hold(--reads > 0);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}
