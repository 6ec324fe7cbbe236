/** The frame that every loader runs in: options checked, report kept, sources made local, isolation, one way out. */

import type { LoadOptions } from '../core/options.js';
import type { SourceContext } from '../io/context.js';
import { checkLoadOptions, openContext } from '../io/open-context.js';
import { attachReport } from '../spike-data/reports.js';
import type { SpikeData } from '../spike-data/spike-data.js';

export interface Loader {
  /** The exported function's name: how an isolated child finds it again. */
  readonly name: string;
  readonly format: string;
}

/**
 * Runs one load. `args` are the positional arguments of the public function (the source first), `options` its options.
 */
export async function runLoader(
  loader: Loader,
  args: readonly unknown[],
  options: LoadOptions,
  load: (context: SourceContext) => Promise<SpikeData>,
): Promise<SpikeData> {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  if (options.isolate) {
    const { loadIsolated } = await import('./isolate/run.js');
    return loadIsolated(loader.name, args, options);
  }
  return withContext(loader, args[0], options, async (context) => {
    const sd = await context.report.time('total', () => load(context));
    return attachReport(sd, context.report);
  });
}

/** The same frame for what reads from sources without loading a SpikeData. */
export async function withContext<T>(
  { format }: Pick<Loader, 'format'>,
  source: unknown,
  options: LoadOptions,
  work: (context: SourceContext) => Promise<T>,
): Promise<T> {
  checkLoadOptions(options);
  options.signal?.throwIfAborted();
  const context = openContext(format, source, options);
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}
