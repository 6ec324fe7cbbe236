/** One child process that reads files, as the process that started it sees it. */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { onAbort } from '../../core/abort.js';
import { IsolationError } from '../../core/errors.js';
import type { LoadOptions } from '../../core/options.js';
import { warn } from '../../core/report.js';
import { ByteReceiver } from './byte-receiver.js';
import type { Confined, Message, Request } from './messages.js';
import type { ReaderPlan } from './plan.js';
import { runtimeBytes, startChild } from './start-child.js';
import { reviveError, unpackResult } from './transfer.js';

/** Node's timers fire at once where they are asked for more. */
const longestTimerMs = 2 ** 31 - 1;

/** What a request may take, and who hears of it. */
export interface Terms extends Pick<LoadOptions, 'signal' | 'onProgress' | 'onWarning'> {
  timeoutMs: number;
  /** The source, for messages. */
  path: string;
}

type Body = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Pending {
  terms: Terms;
  /** The answer is there, its bytes may still be on their way. */
  isArriving?: boolean;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

export class Reader {
  /** What the kernel holds it to, once it has started. */
  confined: Confined | null = null;
  /** Most memory that it has taken so far. */
  peakBytes = 0;
  readonly #child: ChildProcess;
  readonly #bytes: ByteReceiver;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #nextId = 0;
  #sent = 0;
  #stderr = '';
  #ended: IsolationError['reason'] | null = null;
  #becomeReady = () => {};

  /** @param scratch the one folder in which it may make files; removed when it ends */
  constructor(
    readonly plan: ReaderPlan,
    private readonly scratch: string | null,
    onEnd: () => void,
  ) {
    this.#child = startChild(plan, scratch);
    this.#ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#bytes = new ByteReceiver(this.#child.stdio[4] as Readable);
    (this.#child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4096);
    });
    this.#child.on('message', (message: Message) => this.#hear(message));
    this.#child.on('exit', () => this.#bytes.drain());
    this.#gone = new Promise((resolve) => {
      const gone = async () => {
        if (this.scratch) await rm(this.scratch, { recursive: true, force: true }).catch(() => {});
        onEnd();
        resolve();
      };
      this.#child.on('error', (cause) => {
        this.#end('crash', `the reader could not be started (${cause.message})`);
        // where it never ran nothing else tells of its end
        if (this.#child.pid === undefined) void gone();
      });
      this.#child.on('close', (code, killed) => {
        this.#endedBy(code, killed);
        void gone();
      });
    });
    this.hold(false);
  }

  get isEnded(): boolean {
    return this.#ended !== null;
  }

  /** Whether it has been given anything to do: one that has not is as good as new. */
  get isUntouched(): boolean {
    return this.#sent === 0;
  }

  /** Whether this process stays alive for it. */
  hold(held: boolean): void {
    const streams = [this.#child.stderr, this.#child.stdio[4]] as unknown as { ref?(): void; unref?(): void }[];
    for (const each of [this.#child, this.#child.channel, ...streams]) {
      if (held) each?.ref?.();
      else each?.unref?.();
    }
  }

  /** Ends it at once; settles when it is gone, with all that it had made. */
  async kill(): Promise<void> {
    this.#ended ??= 'crash';
    // others may wait for its place: this process lives until it is gone
    this.hold(true);
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** The same where there is no time to wait: this process ends. */
  killNow(): void {
    this.#child.kill('SIGKILL');
    if (this.scratch) rmSync(this.scratch, { recursive: true, force: true });
  }

  /**
   * Sends one request and gives the answer. The promise rejects with the signal's reason, an IsolationError, or the error of the
   * request; the child goes on, and what it still says about it is dropped: whoever wants it to stop kills it.
   */
  async request(body: Body, terms: Terms): Promise<unknown> {
    const { signal, timeoutMs, path } = terms;
    signal?.throwIfAborted();
    const id = this.#nextId++;
    let tidy = () => {};
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { terms, resolve, reject });
      const timer = setTimeout(
        () => {
          const message = `${path}: reading took longer than the ${timeoutMs} ms of isolate.timeoutMs; the reader was stopped`;
          reject(new IsolationError(message, { path, reason: 'timeout' }));
        },
        Math.min(timeoutMs, longestTimerMs),
      );
      const stopWatching = onAbort(signal, () => reject(signal?.reason));
      tidy = () => {
        clearTimeout(timer);
        stopWatching();
      };
    });
    answered.catch(() => {});
    if (this.#ended) this.#pending.get(id)?.reject(this.#error(terms));
    try {
      await Promise.race([this.#ready, answered]);
      signal?.throwIfAborted();
      this.#send({ ...body, id });
      return await answered;
    } finally {
      tidy();
      this.#abandon(id);
    }
  }

  /** Tells the child that nobody waits for an answer any more, where it still owes one: its bytes come all the same. */
  #abandon(id: number): void {
    const open = this.#pending.get(id);
    if (!open || open.isArriving) return;
    this.#pending.set(id, { ...open, resolve: () => {}, reject: () => {} });
    if (this.confined) this.#send({ kind: 'abort', id });
    else this.#pending.delete(id);
  }

  #send(request: Request): void {
    if (this.#ended || !this.#child.connected) return;
    this.#sent++;
    // its end is heard by 'close'
    this.#child.send(request, () => {});
  }

  #hear(message: Message): void {
    if (message.kind === 'ready') {
      this.confined = message.confined;
      this.#becomeReady();
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.kind === 'progress' || message.kind === 'warning') {
      this.#tell(message, pending);
      return;
    }
    if (message.kind === 'error') {
      this.#pending.delete(message.id);
      const { error } = message;
      pending.reject(outOfMemory.test(error.message) ? this.#memoryError(pending.terms) : reviveError(error));
      return;
    }
    this.peakBytes = Math.max(this.peakBytes, message.peakBytes);
    pending.isArriving = true;
    this.#receive(message, pending).finally(() => this.#pending.delete(message.id));
  }

  #tell(message: Message & { kind: 'progress' | 'warning' }, { terms, reject }: Pending): void {
    try {
      if (message.kind === 'progress') terms.onProgress?.(message.progress);
      else warn(message.finding, terms.onWarning);
    } catch (error) {
      // what the caller's own function throws ends the load, as it does without isolation
      reject(error);
    }
  }

  async #receive({ value, byteLengths }: Message & { kind: 'result' }, pending: Pending): Promise<void> {
    const { path } = pending.terms;
    try {
      const total = byteLengths.reduce((sum, n) => sum + n, 0);
      if (!(total <= this.plan.memoryBytes + runtimeBytes)) throw new RangeError(`${total} bytes were announced`);
      const buffers = await this.#bytes.receive(byteLengths);
      pending.resolve(unpackResult(value, buffers));
    } catch {
      const message = `${path}: the reader answered with what is no result: the file is made to do this`;
      pending.reject(new IsolationError(message, { path, reason: 'crash' }));
    }
  }

  #endedBy(code: number | null, killed: string | null): void {
    const how = killed ? `by ${killed}` : `with status ${code}`;
    if (outOfMemory.test(this.#stderr)) this.#end('memory', '');
    else if (!this.confined) this.#end('crash', `the reader could not be started: it ended ${how}`);
    else
      this.#end(
        'crash',
        `the reader crashed ${how}: the file is damaged, or made to do this. Nothing of it was loaded`,
      );
  }

  #end(reason: IsolationError['reason'], how: string): void {
    this.#ended = reason;
    this.#how = how;
    for (const { terms, reject } of this.#pending.values()) reject(this.#error(terms));
    this.#pending.clear();
  }

  #how = 'the reader had ended';

  #error(terms: Terms): IsolationError {
    if (this.#ended === 'memory') return this.#memoryError(terms);
    return new IsolationError(`${terms.path}: ${this.#how}`, { path: terms.path, reason: this.#ended ?? 'crash' });
  }

  #memoryError({ path }: Terms): IsolationError {
    const message = `${path}: reading needed more than the ${this.plan.memoryBytes} bytes of isolate.memoryBytes; the reader was stopped`;
    return new IsolationError(message, { path, reason: 'memory' });
  }
}

/** How V8, the C++ library and our own native errors say that memory ran out. */
const outOfMemory = /out of memory|bad_alloc|cannot allocate|allocation failed|failed to map segment/i;
