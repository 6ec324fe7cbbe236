/** Samples of a file without structure, by position. */

import { type NpyType, typeFromDescr } from '../containers/npy/dtype.js';
import { FormatError, OptionError } from '../core/errors.js';
import type { RecordContext } from './recording-format.js';
import { oneRun, type SampleLayout } from './sample-layout.js';

export interface FlatLayout {
  path: string;
  type: NpyType;
  /** Values in a frame, among them such as are no channels. */
  width: number;
  /** Columns (or rows) of the channels. */
  columns: readonly number[];
  byteOffset: number;
  layout: 'time-channels' | 'channels-time';
}

const words: Record<string, string> = {
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int24: '<i3',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
};

/** The sample type that a user or a sidecar names, in numpy's words or letters. */
export function sampleType(dtype: string, option: string): NpyType {
  const descr = words[dtype] ?? dtype;
  const type = int24(descr) ?? typeFromDescr(descr);
  if (typeof type === 'string' || type.kind !== 'number' || type.size > 8) {
    throw new OptionError(option, `one of ${Object.keys(words).join(', ')}, or numpy's spelling such as '<i2'`, dtype);
  }
  return type;
}

/** Three bytes, which numpy has no type for. */
function int24(descr: string): NpyType | undefined {
  if (descr !== '<i3' && descr !== '>i3') return undefined;
  return { kind: 'number', descr, size: 3, bigEndian: descr === '>i3', letter: 'i', fields: [], inner: [] };
}

/**
 * Number of whole frames. A part of a frame at the end, as crashes leave it, is left out with a finding.
 *
 * @throws FormatError where there is no whole frame, or rows do not divide the file: then none can be found
 */
export function countFrames(
  { path, type, width, byteOffset, layout }: FlatLayout,
  size: number,
  { report }: Pick<RecordContext, 'report'>,
): number {
  const frame = type.size * width;
  const bytes = size - byteOffset;
  const rest = bytes % frame;
  const expected = `${width} values of ${type.size} bytes${byteOffset ? ` after ${byteOffset} bytes` : ''}`;
  const hint = 'the number of channels or the sample type may be wrong, or the file cut off';
  if (bytes < frame || (rest !== 0 && layout === 'channels-time')) {
    const whole = rest === 0 ? 'at least one frame' : 'a whole number of frames';
    throw new FormatError(`${path} must be ${whole} of ${expected}, found ${size} bytes: ${hint}`, { path });
  }
  if (rest !== 0) {
    const message = `${path} is no whole number of frames of ${expected}: the last ${rest} bytes are left out; ${hint}`;
    report.warning('frame-cut', message, rest);
  }
  return (bytes - rest) / frame;
}

/** How the samples of a flat file lie. */
export function flatLayout(
  { path, type, width, columns, byteOffset, layout }: FlatLayout,
  samples: number,
): SampleLayout {
  const frames = layout === 'time-channels';
  const row = frames ? type.size : samples * type.size;
  const recordSamples = frames ? 1 : Math.max(1, samples);
  return {
    type,
    samples,
    files: [path],
    channels: columns.map((column) => ({ stream: 0, offset: column * row })),
    streams: [
      {
        recordSamples,
        recordBytes: recordSamples * width * type.size,
        step: type.size,
        runs: oneRun(byteOffset, samples),
      },
    ],
  };
}
