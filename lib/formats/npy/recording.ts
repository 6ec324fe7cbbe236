/** A 2-D .npy array of samples, or a 1-D one of one channel. */
import { FormatError, OptionError } from '../errors.js';
import { NpyFile } from '../format/npy.js';
import { openFlatRecording } from './binary.js';
import type { RecordingFormat } from './format.js';
import { firstBytes } from './sidecar.js';

export const npy: RecordingFormat = {
  marks: 'an .npy file, with the option fsHz',
  recognise: async ({ path, isFolder }) => !isFolder && (await firstBytes(path, 0, 6)) === '\x93NUMPY',
  async open({ path }, context) {
    const { options, report } = context;
    if (options.fsHz === undefined) throw new OptionError('fsHz', 'given, as .npy files do not say it', undefined);
    const file = await NpyFile.open(path);
    const { header } = file;
    await file.close();
    file.requireNumbers();
    const { shape, fortranOrder, type, dataOffset, count } = header;
    if (shape.length < 1 || shape.length > 2) {
      throw new FormatError(`${path} must hold a 2-D array, found one of shape (${shape.join(', ')})`, { path });
    }
    const [rows, columns] = shape.length === 2 ? shape : [shape[0], 1];
    const timeFirst = options.layout ? options.layout === 'time-channels' : rows >= columns;
    if (!options.layout && Math.max(rows, columns) < 10 * Math.min(rows, columns)) {
      const taken = timeFirst ? 'time-channels' : 'channels-time';
      report.warning(
        'orientation-guessed',
        `${path} has shape (${shape.join(', ')}): taken as ${taken}; give layout to be sure`,
      );
    }
    const width = timeFirst ? columns : rows;
    // a Fortran-ordered (a, b) lies in the file as a C-ordered (b, a)
    const layout = timeFirst !== fortranOrder ? 'time-channels' : 'channels-time';
    const channels = Array.from({ length: width }, (_, c) => c);
    const flat = { path, type, width, columns: channels, byteOffset: dataOffset, layout } as const;
    const samples = width ? count / width : 0;
    return openFlatRecording('npy', path, { flat, fsHz: options.fsHz, samples }, context);
  },
};
