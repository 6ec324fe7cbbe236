/** Samples of a file on a server, fetched as they are wanted. */
import type { RemoteFile } from '../io/ranges/remote-file.js';
import type { SampleBytes } from './sample-files.js';

export class RemoteSamples implements SampleBytes {
  readonly most = 2 ** 22;
  /** One connection seldom has all that a line carries: with 50 ms of latency these bring 480 MB/s at most. */
  readonly atOnce = 6;

  constructor(private readonly file: RemoteFile) {}

  get sizes(): number[] {
    return [this.file.size];
  }

  read(_file: number, bytes: Uint8Array, position: number, signal: AbortSignal | undefined): Promise<void> {
    return this.file.fill(bytes, position, signal);
  }

  /** Native code reads files that are here. */
  forNative(): undefined {
    return undefined;
  }
}
