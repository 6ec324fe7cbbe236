/** 3Brain BRW, versions 3 and 4 (BrainWave): HDF5 with frame after frame of the channels that were stored. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import type { NumericArray } from '../../core/arrays.js';
import { FormatError } from '../../core/errors.js';
import { GapFinder } from '../../recordings/gaps.js';
import {
  checkPlausible,
  hdf5Reader,
  hdf5Source,
  isNumeric,
  openRecordingHdf5,
  peekHdf5,
} from '../../recordings/hdf5-traces.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseStream } from '../../recordings/streams.js';
import { chooseRate, type ReadTraces, TraceRecording } from '../../recordings/trace-recording.js';
import { transposeInto } from '../../recordings/transpose.js';
import { type BrwStream, brwStreams, isBrw } from './layout.js';

export const biocam: RecordingFormat = {
  marks: 'an HDF5 file with 3BRecInfo, or with ExperimentSettings and Well_A1 …',
  recognises: async (place, context) => (await peekHdf5(place, context, isBrw)) ?? false,
  async open(place, context) {
    const { path } = place;
    const file = await openRecordingHdf5(place, context);
    const stream = chooseStream(await brwStreams(file, context), path, context);
    const { ids, frames, gain, offset, raw } = stream;
    const found = await file.describeDataset(raw);
    await checkPlausible(file, found);
    const shape = found.shape ?? [];
    const flat = shape.length === 1;
    const fits = flat ? found.size === frames * ids.length : shape[0] === frames && shape[1] === ids.length;
    if (!isNumeric(found) || shape.length < 1 || shape.length > 2 || !fits) {
      const message = `${raw} of ${path} must hold ${frames} frames of ${ids.length} channels, found ${found.dtype.name} of shape (${shape.join(', ')})`;
      throw new FormatError(message, { path, location: raw });
    }
    const traces = {
      ...{ dataset: found.path, layout: 'time-channels' as const, channels: ids.length, samples: frames },
      ...{ dtype: found.dtype.name, sampleBytes: found.dtype.size },
    };
    const each = (value: number) => new Float64Array(ids.length).fill(value);
    const info = {
      ...{ format: 'biocam', path, ...traces, fsHz: chooseRate(stream.fsHz, path, context), channelIds: ids },
      ...{ gainsToUv: each(gain), offsetsToUv: each(offset), ...clockOf(stream, path, context) },
    };
    const reader = flat ? flatReader(file, traces) : hdf5Reader(file, traces);
    return new TraceRecording(info, reader, context, hdf5Source(file, traces, context));
  },
};

const pieceBytes = 2 ** 24;

/** Frames after frames in one dimension. */
function flatReader(file: Hdf5File, { dataset, channels: width, sampleBytes }: FlatTraces): ReadTraces {
  const piece = Math.max(1, Math.floor(pieceBytes / (width * sampleBytes)));
  return async (start, end, channels, signal) => {
    let out: NumericArray | undefined;
    for (let at = start; at < end || !out; at += piece) {
      const frames = Math.max(0, Math.min(piece, end - at));
      const { data } = await file.read(dataset, { start: [at * width], count: [frames * width], signal });
      out ??= new (data.constructor as Float64ArrayConstructor)(channels.length * (end - start));
      if (frames) transposeInto(out, end - start, at - start, data, width, channels);
    }
    return out;
  };
}

interface FlatTraces {
  dataset: string;
  channels: number;
  sampleBytes: number;
}

/** Stretches of frames that do not follow each other have a gap between them. */
function clockOf({ chunks, fsHz, frames, raw }: BrwStream, path: string, context: RecordContext) {
  if (!chunks.length) return {};
  const finder = new GapFinder(path, 1, 1000 / fsHz, context);
  let sample = 0;
  for (const [c, [start, end]] of chunks.entries()) {
    const missing = c ? start - chunks[c - 1][1] : 0;
    if (missing !== 0) finder.addGap(sample, missing);
    sample += end - start;
  }
  if (sample !== frames) {
    const message = `/TOC of ${path} lists ${sample} frames, ${raw} has ${frames}: gaps may lie elsewhere`;
    context.report.warning('timestamps-differ', message, Math.abs(sample - frames));
  }
  return { startMs: (chunks[0][0] * 1000) / fsHz, gaps: finder.check() };
}
