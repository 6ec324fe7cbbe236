/** Flat binary files: samples and nothing else, so the user says what they are. */
import { OptionError } from '../errors.js';
import { typeName } from '../format/npy-dtype.js';
import { integer } from '../options.js';
import { countFrames, type FlatLayout, flatReader, flatSource, openFlat, sampleType } from './flat-file.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { TraceRecording } from './trace-recording.js';

const extension = /\.(dat|bin|raw|i16|int16|f32)$/i;

export const binary: RecordingFormat = {
  marks: 'a file .dat, .bin or .raw, with the options channels and fsHz',
  recognise: async ({ path, isFolder }, { options }) =>
    !isFolder && (extension.test(path) || options.channels !== undefined),
  open: async ({ path }, context) => openFlatRecording('binary', path, settings(path, context), context),
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

/** A recording over one flat file whose channels are known. */
export async function openFlatRecording(
  format: string,
  path: string,
  {
    flat,
    fsHz,
    ...known
  }: { flat: FlatLayout; fsHz: number } & Partial<ConstructorParameters<typeof TraceRecording>[0]>,
  context: RecordContext,
): Promise<TraceRecording> {
  const { file, size } = await openFlat(path, context);
  const samples = known.samples ?? countFrames(flat, size);
  const { type, columns } = flat;
  const dtype = typeName(type);
  const info = { format, path, channels: columns.length, samples, fsHz, dtype, sampleBytes: type.size, ...known };
  return new TraceRecording(info, flatReader(file, flat, samples), context, flatSource(file, flat, samples));
}
