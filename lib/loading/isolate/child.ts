/** What the child of isolated loads does: gives up what it does not need, then answers one request after the other. */
import { writeSync } from 'node:fs';
import { native } from '../../addon/binding.js';
import type { NumericArray } from '../../core/arrays.js';
import type { Recording } from '../../recordings/recording.js';
import type { Message, Request } from './messages.js';
import type { ReaderPlan } from './plan.js';
import { type Packed, packError, packRecording, packResult, packSamples } from './transfer.js';

export type PublicFunctions = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

const dataFd = 4;
const controllers = new Map<number, AbortController>();
let recording: Recording | undefined;
let functions: PublicFunctions = {};

function send(message: Message): Promise<void> {
  return new Promise((done) => {
    if (process.connected) process.send?.(message, () => done());
    else done();
  });
}

function writeAll(array: NumericArray): void {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(dataFd, bytes, at, Math.min(bytes.length - at, 1 << 20));
    } catch (error) {
      // the pipe is full: the parent has not read yet
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** The answers before, down to their last byte. */
let told = Promise.resolve();

/**
 * Nothing may come between an announcement and its bytes, or between two announcements and theirs. Bytes go when the announcement has
 * gone: writing them holds this thread up until they are read, and they are not read before they are announced.
 */
function tell(message: Message, arrays: readonly NumericArray[]): Promise<void> {
  const mine = told.then(async () => {
    await send(message);
    arrays.forEach(writeAll);
  });
  told = mine.catch(() => {});
  return mine;
}

async function answer(request: Request): Promise<void> {
  const { id } = request;
  if (request.kind === 'abort') {
    controllers.get(id)?.abort();
    return;
  }
  const controller = new AbortController();
  controllers.set(id, controller);
  try {
    const { value, arrays } = await run(request, controller.signal);
    const byteLengths = arrays.map((array) => array.byteLength);
    await tell({ kind: 'result', id, value, byteLengths, peakBytes: process.resourceUsage().maxRSS * 1024 }, arrays);
  } catch (error) {
    await send({ kind: 'error', id, error: packError(error) });
  } finally {
    controllers.delete(id);
  }
}

async function run(request: Exclude<Request, { kind: 'abort' }>, signal: AbortSignal): Promise<Packed> {
  const { id } = request;
  if (request.kind === 'read') {
    return packSamples(await (recording as Recording).read(request.range as never, { signal }));
  }
  if (request.kind === 'close') {
    await recording?.close();
    return packResult(null);
  }
  const options = {
    ...request.options,
    signal,
    onProgress: (progress: never) => void send({ kind: 'progress', id, progress }),
    onWarning: (finding: never) => void send({ kind: 'warning', id, finding }),
  };
  const result = await functions[request.name](...([...request.args, options] as never[]));
  if (request.name !== 'openRecording') return packResult(result);
  recording = result as Recording;
  return packRecording(recording);
}

/** `known`: the functions that may be asked for, by their public names. */
export async function serve(known: PublicFunctions): Promise<void> {
  functions = known;
  const plan = JSON.parse(process.argv[2]) as ReaderPlan;
  // reads the number of CPUs, which lies where the child may not look later
  native().buildInfo();
  const { read, write, network } = plan;
  const { landlock, seccomp, orphaned } = native().confine({ read, write, network, parent: plan.parent });
  if (orphaned || !process.connected) process.exit(0);
  process.on('message', (request: Request) => void answer(request));
  process.on('disconnect', () => process.exit(0));
  void send({ kind: 'ready', confined: { landlock, seccomp } });
}
