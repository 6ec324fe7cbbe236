/** Flat binary files: samples and nothing else, so the user says what they are. */

import { integer } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import { type FlatLayout, sampleType } from '../../recordings/flat-file.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';

export const extension = /\.(dat|bin|raw|i16|int16|f32)$/i;

export const binary: RecordingFormat = {
  marks: 'a file .dat, .bin or .raw, with the options channels and fsHz',
  recognises: async ({ path, isFolder }, { options }) =>
    !isFolder && (extension.test(path) || options.channels !== undefined),
  isReadRemotely: ({ name }, { channels, format }) =>
    format === 'binary' || (format === undefined && (extension.test(name) || channels !== undefined)),
  open: async ({ path, remote }, context) =>
    openFlatRecording('binary', path, { ...settings(path, context), remote }, context),
};

function settings(path: string, { options }: RecordContext): { flat: FlatLayout; fsHz: number } {
  const { channels, fsHz, dtype = 'int16', byteOffset = 0, layout = 'time-channels' } = options;
  const hint = `${path} holds samples only, and no file beside it says what they are`;
  if (channels === undefined) throw new OptionError('channels', 'given', channels, hint);
  if (fsHz === undefined) throw new OptionError('fsHz', 'given', fsHz, hint);
  const width = integer(channels, 'channels', 1, 1_000_000);
  const columns = Array.from({ length: width }, (_, c) => c);
  const type = sampleType(dtype, 'dtype');
  return { flat: { path, type, width, columns, byteOffset: integer(byteOffset, 'byteOffset', 0), layout }, fsHz };
}
