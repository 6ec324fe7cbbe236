/** A dataset of any HDF5 file that the user names. */

import type { Hdf5File } from '../../containers/hdf5/file.js';
import { OptionError } from '../../core/errors.js';
import { readOptional } from '../../core/optional.js';
import { numberAttribute } from '../../loading/span.js';
import {
  describeTraces,
  hdf5Reader,
  hdf5Source,
  isHdf5,
  isNumeric,
  openRecordingHdf5,
} from '../../recordings/hdf5-traces.js';
import { layoutOf } from '../../recordings/orientation.js';
import type { RecordingFormat } from '../../recordings/recording-format.js';
import { TraceRecording } from '../../recordings/trace-recording.js';
import { isInsideOfMatlab } from './vector.js';

export const hdf5: RecordingFormat = {
  marks: 'an HDF5 file, with the options dataset and fsHz',
  recognises: isHdf5,
  async open(place, context) {
    const { path } = place;
    const { options } = context;
    const file = await openRecordingHdf5(place, context);
    const dataset = options.dataset ?? (await onlyTraces(file, path));
    if (options.fsHz === undefined) throw new OptionError('fsHz', 'given, as HDF5 datasets do not say it', undefined);
    // nothing in HDF5 says which dimension is time
    const clues = { what: `${dataset} of ${path}`, layout: options.layout };
    const traces = await describeTraces(file, dataset, (shape) => layoutOf(shape, clues, context.report));
    const startMs = await readOptional(context.report, `The start of ${path}`, () => startOf(file));
    const info = { format: 'hdf5', path, fsHz: options.fsHz, startMs, ...traces };
    return new TraceRecording(info, hdf5Reader(file, traces), context, hdf5Source(file, traces, context));
  },
};

/** SpikeLab writes start_time in ms; other software may mean a date by it. */
async function startOf(file: Hdf5File): Promise<number | undefined> {
  return numberAttribute(await file.attributes('/'), 'start_time', file.path);
}

/** The file's one 2-D dataset of numbers; more than one is the user's choice. */
async function onlyTraces(file: Hdf5File, path: string): Promise<string> {
  const found: string[] = [];
  for (const { name, kind } of await file.walk()) {
    if (kind !== 'dataset' || isInsideOfMatlab(name)) continue;
    const description = await file.describeDataset(name);
    if (description.shape?.length === 2 && isNumeric(description)) found.push(name);
  }
  if (found.length === 1) return found[0];
  const list = found.slice(0, 20).join(', ') || 'no such dataset';
  throw new OptionError('dataset', 'the path of a dataset with two dimensions', undefined, `${path} has ${list}`);
}
