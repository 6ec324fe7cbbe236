/** Takes the typed arrays that follow results on a child's side channel, each into its own memory. */
import type { Readable } from 'node:stream';
import { native } from '../../addon/binding.js';

/** From here on the addon makes the array: what it made need not be copied for the next child that starts (see start-child.ts). */
const largeBytes = 2 ** 25;

const bufferOf = (bytes: number): ArrayBuffer =>
  bytes < largeBytes ? new ArrayBuffer(bytes) : native().largeBytes(bytes).buffer;

interface Expected {
  buffers: ArrayBuffer[];
  index: number;
  filled: number;
  done(buffers: ArrayBuffer[]): void;
}

export class ByteReceiver {
  readonly #expected: Expected[] = [];
  #early: Buffer[] = [];
  #drains = false;

  constructor(private readonly stream: Readable) {
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** The next arrays of the channel. Never settles where the child ends before: its end is told elsewhere. */
  receive(byteLengths: readonly number[]): Promise<ArrayBuffer[]> {
    return new Promise((done) => {
      this.#expected.push({ buffers: byteLengths.map(bufferOf), index: 0, filled: 0, done });
      this.#settle();
      const early = this.#early;
      this.#early = [];
      for (const chunk of early) this.#take(chunk);
      if (this.#early.length === 0) this.stream.resume();
    });
  }

  /** The child has ended: what nobody expects is thrown away, so that the channel comes to its end. */
  drain(): void {
    this.#drains = true;
    this.#early = [];
    this.stream.resume();
  }

  #take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; this.#settle()) {
      const next = this.#expected[0];
      if (!next) {
        if (this.#drains) return;
        // bytes may overtake the message that announces them
        this.#early.push(chunk.subarray(at));
        this.stream.pause();
        return;
      }
      const buffer = next.buffers[next.index];
      const count = Math.min(chunk.length - at, buffer.byteLength - next.filled);
      new Uint8Array(buffer, next.filled, count).set(chunk.subarray(at, at + count));
      at += count;
      next.filled += count;
    }
  }

  /** Goes past full buffers, and answers whose last one is full. */
  #settle(): void {
    for (let next = this.#expected[0]; next; next = this.#expected[0]) {
      while (next.index < next.buffers.length && next.filled === next.buffers[next.index].byteLength) {
        next.index++;
        next.filled = 0;
      }
      if (next.index < next.buffers.length) return;
      this.#expected.shift();
      next.done(next.buffers);
    }
  }
}
