/** EDF, EDF+C, EDF+D, BDF, BDF+: records of so many seconds, in each the samples of signal after signal. */
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { firstBytes } from '../../io/look.js';
import { withPartFile } from '../../io/part-file.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { oneRun } from '../../recordings/sample-layout.js';
import { checkRate, chooseStream, rateName } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { type EdfHeader, type EdfSignal, isEdfStart, readEdfHeader } from './header.js';

export const edf: RecordingFormat = {
  marks: 'an EDF or BDF file: "0       " or \\xffBIOSEMI at its beginning',
  async recognises({ path, isFolder }) {
    return !isFolder && isEdfStart(await firstBytes(path, 0, 8)) && (await firstBytes(path, 252, 4)).trim() !== '';
  },
  async open({ path }, context) {
    const header = await readEdfHeader(path);
    const stream = chooseStream(streamsOf(header), path, context);
    const { signals, samples: perRecord } = stream;
    const records = recordsIn(header, context);
    const clock = await clockOf(header, records, stream, context);
    const samples = records * perRecord;
    const { width, bytes, recordBytes } = header;
    const scales = signals.map((signal) => scaleOf(signal, path));
    const known = scales.some(({ gain }) => !Number.isNaN(gain));
    const layout = {
      ...{ type: sampleType(width === 3 ? 'int24' : 'int16', 'dtype'), samples, files: [path] },
      channels: signals.map(({ offset }) => ({ stream: 0, offset })),
      streams: [{ recordSamples: perRecord, recordBytes, step: width, runs: oneRun(bytes, samples) }],
    };
    const info = {
      ...{ format: 'edf', path, fsHz: chooseRate(stream.fsHz, path, context) },
      channelIds: signals.map(({ label }) => label),
      gainsToUv: known ? Float64Array.from(scales, ({ gain }) => gain) : null,
      offsetsToUv: known ? Float64Array.from(scales, ({ offset }) => offset) : null,
      ...clock,
    };
    return openLayout(layout, info, context);
  },
};

export interface EdfStream {
  name: string;
  fsHz: number;
  /** Of each in a record. */
  samples: number;
  signals: EdfSignal[];
}

/** Signals of one rate are one stream; the fastest first. @throws FormatError where there is none */
export function streamsOf({ signals, duration, path }: EdfHeader): EdfStream[] {
  const streams = new Map<number, EdfStream>();
  for (const signal of signals) {
    if (signal.isAnnotation) continue;
    const { samples } = signal;
    const fsHz = checkRate(samples / duration, path, `${signal.label}: ${samples} samples in ${duration} s`);
    const stream = streams.get(samples) ?? { name: rateName(fsHz), fsHz, samples, signals: [] };
    stream.signals.push(signal);
    streams.set(samples, stream);
  }
  if (!streams.size) throw new FormatError(`${path} holds annotations only, no signal`, { path });
  return [...streams.values()].sort((a, b) => b.fsHz - a.fsHz);
}

/** Whole records; what the header counts is only compared with them. */
export function recordsIn(
  { path, bytes, recordBytes, records, size }: EdfHeader,
  { report }: { report: Pick<ReportBuilder, 'warning'> },
): number {
  const there = Math.floor((size - bytes) / recordBytes);
  const rest = (size - bytes) % recordBytes;
  if (there < 1) {
    const message = `${path} must hold at least one record of ${recordBytes} bytes, found ${size - bytes} bytes behind the header`;
    throw new FormatError(message, { path });
  }
  if (records !== there) {
    const message = `${path} says ${records} records, ${there} are there and are read`;
    report.warning('records-differ', message, Math.abs(records - there));
  }
  if (rest) {
    const message = `${path} ends within a record of ${recordBytes} bytes: its last ${rest} bytes are left out`;
    report.warning('frame-cut', message, rest);
  }
  return there;
}

const factors: Record<string, number> = { v: 1e6, mv: 1e3, uv: 1, µv: 1, μv: 1, nv: 1e-3 };

/** µV = digital × gain + offset; NaN for units that are no voltage. */
function scaleOf({ label, unit, physical, digital }: EdfSignal, path: string): { gain: number; offset: number } {
  const [steps, range] = [digital[1] - digital[0], physical[1] - physical[0]];
  if (!(steps > 0) || range === 0) {
    const found = `digital ${digital.join(' to ')}, physical ${physical.join(' to ')}`;
    throw new FormatError(`${path} must give ${label} two different ends and rising digital ones, found ${found}`, {
      path,
      location: label,
    });
  }
  const factor = factors[unit.toLowerCase()] ?? Number.NaN;
  const gain = (range / steps) * factor;
  return { gain, offset: physical[0] * factor - digital[0] * gain };
}

/** EDF+ says when each record begins: EDF+C promises that they follow each other, EDF+D does not. */
async function clockOf(header: EdfHeader, records: number, stream: EdfStream, context: RecordContext) {
  const { variant, path, bytes, recordBytes, width, duration } = header;
  const annotations = header.signals.find((signal) => signal.isAnnotation);
  if (!annotations || !/^[EB]DF\+/.test(variant)) return {};
  const discontinuous = /^[EB]DF\+D/.test(variant);
  return withPartFile(path, async ({ read }) => {
    const onset = async (record: number) => {
      const start = bytes + record * recordBytes + annotations.offset;
      const text = (await read(start, start + annotations.samples * width)).toString('latin1');
      // a byte of 20 or 21 ends it
      const [head] = text.split('\u0014', 1)[0].split('\u0015', 1);
      const seconds = /^[+-]\d+(\.\d*)?$/.test(head) ? Number(head) : Number.NaN;
      if (Number.isFinite(seconds)) return seconds;
      const found = JSON.stringify(text.slice(0, 20));
      throw new FormatError(`${path} must say when record ${record} begins, found ${found}`, {
        path,
        location: `record ${record}`,
      });
    };
    const first = await onset(0);
    const finder = new GapFinder(path, 1 / stream.fsHz, 1000, context);
    let before = first;
    for (let record = 1; discontinuous && record < records; record++) {
      const begins = await onset(record);
      const extra = begins - before - duration;
      // onsets have few digits: half a sample is what rounding may do
      if (!(Math.abs(extra) <= 0.5 / stream.fsHz)) finder.addGap(record * stream.samples, extra);
      before = begins;
      if (record % 1000 === 0) context.signal?.throwIfAborted();
    }
    return { startMs: first * 1000, gaps: finder.check() };
  });
}
