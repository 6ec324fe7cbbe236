/** The child of an isolated load: gets one request, answers it, and ends. */
import { writeSync } from 'node:fs';
import type { NumericArray } from '../arrays.js';
import type { IsolatedMessage, IsolatedRequest } from './isolate.js';
import { packError, packSpikeData } from './isolated-transfer.js';

const dataFd = 4;

function send(message: IsolatedMessage): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()));
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

async function answer({ name, args, options }: IsolatedRequest): Promise<void> {
  try {
    const api = (await import('../index.js')) as unknown as Record<string, (...args: unknown[]) => Promise<never>>;
    const sd = await api[name](...args, {
      ...options,
      onProgress: (progress: never) => void send({ kind: 'progress', progress }),
      onWarning: (finding: never) => void send({ kind: 'warning', finding }),
    });
    const { packed, arrays } = packSpikeData(sd);
    await send({ kind: 'result', packed, byteLengths: arrays.map((array) => array.byteLength) });
    arrays.forEach(writeAll);
  } catch (error) {
    await send({ kind: 'error', error: packError(error) });
  }
  process.disconnect();
}

process.once('message', (request: IsolatedRequest) => void answer(request));
void send({ kind: 'ready' });
