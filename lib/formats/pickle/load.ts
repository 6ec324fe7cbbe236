/** SpikeData pickled by Python. Nothing in the pickle is executed: see lib/containers/pickle/pickle.ts. */

import { NumpyArray, payloadsIn, type ScannedPickle, withPickleFile } from '../../containers/pickle/pickle.js';
import { FormatError, OptionError } from '../../core/errors.js';
import type { CheckedTrains } from '../../core/flat-trains.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { runLoader } from '../../loading/context.js';
import { withoutStale } from '../../spike-data/per-spike.js';
import { type SpikeData, type SpikeDataOptions, spikeDataFromFlat } from '../../spike-data/spike-data.js';
import { pickledAttributes, type SpikeDataAttributes } from './attributes.js';
import { pickledRaw } from './raw.js';
import { readPickledTrains } from './trains.js';

/**
 * Loads a SpikeData that Python pickled with any protocol: SpikeLab's, or that of its predecessors where the attributes are
 * the same. The pickle is read as data; an object outside the allow-list is refused, and so is whatever SpikeData's own
 * constructor refuses.
 *
 * @throws UnsafePickleError naming what the pickle wants, FormatError naming missing or wrong attributes or saying which
 *   other type was pickled, UnsupportedError, LimitError, NotFoundError, OptionError
 */
export async function loadSpikeDataFromPickle(source: Source, options: LoadOptions = {}): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromPickle', format: 'pickle' };
  options = knownOptions(options, loadOptionNames, loader.name);
  return runLoader(loader, [source], options, async (context) => {
    const path = await context.localFile(source);
    const { limits, signal } = context;
    return withPickleFile(path, { limits, signal }, (pickle) => spikeDataFrom(pickle, path, context));
  });
}

async function spikeDataFrom(pickle: ScannedPickle, path: string, context: SourceContext): Promise<SpikeData> {
  const { report } = context;
  if (pickle.trailingBytes > 0) {
    const message = `${pickle.trailingBytes} bytes after the end of the pickle in ${path} were not read`;
    report.info('bytes-after-pickle', message, pickle.trailingBytes);
  }
  const attributes = pickledAttributes(pickle.root, path, report);
  const { rawData, rawTime } = attributes;
  const elsewhere = new Set([rawData, rawTime].map((array) => (array instanceof NumpyArray ? array.data : null)));
  const needed = payloadsIn(attributes.described);
  const read = async () => ({
    trains: await readPickledTrains(pickle, attributes.train, { elsewhere, needed }, path, context),
    raw: await pickledRaw(pickle, rawData, rawTime, path, context),
  });
  const { trains, raw } = await report.time('reading', read);
  report.bytesRead += pickle.input.source.size;
  return report.time('checking', () => checked(path, () => build(pickle, attributes, trains, raw, context)));
}

function build(
  pickle: ScannedPickle,
  attributes: SpikeDataAttributes,
  trains: CheckedTrains,
  raw: SpikeDataOptions,
  { report }: SourceContext,
): SpikeData {
  const { N, length, startTime } = attributes;
  const converter = pickle.converter();
  const units = attributes.neuronAttributes(converter);
  const spikes = Array.from(trains.offsets.subarray(1), (end, u) => end - trains.offsets[u]);
  return spikeDataFromFlat(trains, {
    N,
    length,
    startTime,
    metadata: attributes.metadata(converter),
    neuronAttributes: units && withoutStale(units, spikes, trains, report),
    ...raw,
  });
}

/** Pickling passes the constructor by, so what it refuses is the file's fault here. */
function checked<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const message = `The pickled SpikeData in ${path} is not valid: ${error.message}`;
    throw new FormatError(message, { path, location: error.option }, { cause: error });
  }
}
