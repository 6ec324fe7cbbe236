/** Loads in a child process: whatever a hostile file does to the reader there is an error here. */
import { UnsupportedError } from '../errors.js';
import type { LoadOptions } from '../options.js';
import type { SpikeData } from '../spike-data.js';
import type { Loader } from './context.js';

export async function loadIsolated(
  _loader: Loader,
  _args: readonly unknown[],
  _options: LoadOptions,
): Promise<SpikeData> {
  throw new UnsupportedError('isolate', 'isolated loading is not built yet');
}
