/** A dataset of any HDF5 file that the user names. */
import { OptionError } from '../errors.js';
import type { Hdf5File } from '../format/hdf5.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { describeTraces, hdf5Reader, hdf5Source, isHdf5, isNumeric, openRecordingHdf5 } from './hdf5-traces.js';
import { TraceRecording } from './trace-recording.js';

export const hdf5: RecordingFormat = {
  marks: 'an HDF5 file, with the options dataset and fsHz',
  recognise: isHdf5,
  async open({ path }, context) {
    const { options } = context;
    const file = await openRecordingHdf5(path, context);
    const dataset = options.dataset ?? (await onlyTraces(file, path));
    if (options.fsHz === undefined) throw new OptionError('fsHz', 'given, as HDF5 datasets do not say it', undefined);
    const traces = await describeTraces(file, dataset, (shape) => timeIsFirst(shape, dataset, context));
    const info = { format: 'hdf5', path, fsHz: options.fsHz, ...traces };
    return new TraceRecording(info, hdf5Reader(file, traces), context, hdf5Source(file, traces, context));
  },
};

/** The file's one 2-D dataset of numbers; more than one is the user's choice. */
async function onlyTraces(file: Hdf5File, path: string): Promise<string> {
  const found: string[] = [];
  for (const { name, kind } of await file.walk()) {
    if (kind !== 'dataset') continue;
    const description = await file.describeDataset(name);
    if (description.shape?.length === 2 && isNumeric(description)) found.push(name);
  }
  if (found.length === 1) return found[0];
  const list = found.slice(0, 20).join(', ') || 'no such dataset';
  throw new OptionError('dataset', 'the path of a dataset with two dimensions', undefined, `${path} has ${list}`);
}

/** Nothing in HDF5 says which dimension is time: what the user says, else the longer one. */
function timeIsFirst([rows, columns]: number[], dataset: string, { options, report }: RecordContext): boolean {
  if (options.layout) return options.layout === 'time-channels';
  const first = rows > columns;
  if (Math.max(rows, columns) < 10 * Math.min(rows, columns)) {
    const taken = first ? 'time-channels' : 'channels-time';
    report.warning(
      'orientation-guessed',
      `${dataset} has shape (${rows}, ${columns}): taken as ${taken}; give layout to be sure`,
    );
  }
  return first;
}
