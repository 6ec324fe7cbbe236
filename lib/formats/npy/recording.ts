/** A 2-D .npy array of samples, or a 1-D one of one channel. */

import { requireNumbers } from '../../containers/npy/elements.js';
import { NpyFile, type NpyHeader } from '../../containers/npy/file.js';
import { parseNpyHeader } from '../../containers/npy/header.js';
import { FormatError, OptionError } from '../../core/errors.js';
import { firstBytes } from '../../io/look.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import { layoutOf } from '../../recordings/orientation.js';
import type { RecordingFormat } from '../../recordings/recording-format.js';

export const npy: RecordingFormat = {
  marks: 'an .npy file, with the option fsHz',
  recognises: async ({ path, isFolder }) => !isFolder && (await firstBytes(path, 0, 6)) === '\x93NUMPY',
  isReadRemotely: ({ head }, { format }) => (format === undefined || format === 'npy') && isNpy(head),
  async open({ path, remote }, context) {
    const { options, report } = context;
    if (options.fsHz === undefined) throw new OptionError('fsHz', 'given, as .npy files do not say it', undefined);
    const header = remote ? parseNpyHeader(remote.head, remote.size, { path }) : await headerOf(path);
    requireNumbers(header.type, { path });
    const { shape, fortranOrder, type, dataOffset, count } = header;
    if (shape.length < 1 || shape.length > 2) {
      throw new FormatError(`${path} must hold a 2-D array, found one of shape (${shape.join(', ')})`, { path });
    }
    const [rows, columns] = shape.length === 2 ? shape : [shape[0], 1];
    const clues = { what: path, layout: options.layout ?? (shape.length === 1 ? 'time-channels' : undefined) } as const;
    const timeFirst = layoutOf([rows, columns], clues, report) === 'time-channels';
    const width = timeFirst ? columns : rows;
    // a Fortran-ordered (a, b) lies in the file as a C-ordered (b, a)
    const layout = timeFirst !== fortranOrder ? 'time-channels' : 'channels-time';
    const channels = Array.from({ length: width }, (_, c) => c);
    const flat = { path, type, width, columns: channels, byteOffset: dataOffset, layout } as const;
    const samples = width ? count / width : 0;
    return openFlatRecording('npy', path, { flat, fsHz: options.fsHz, samples, remote }, context);
  },
};

const isNpy = (head: Uint8Array) => Buffer.from(head.subarray(0, 6)).toString('latin1') === '\x93NUMPY';

async function headerOf(path: string): Promise<NpyHeader> {
  const file = await NpyFile.open(path);
  await file.close();
  return file.header;
}
