/** The header of EDF, EDF+, BDF and BDF+. Source: edfplus.info's specifications, and BioSemi's of BDF. */
import { FormatError } from '../../core/errors.js';
import { textOf } from '../../io/fields.js';
import { withPartFile } from '../../io/part-file.js';

export interface EdfSignal {
  label: string;
  unit: string;
  physical: [min: number, max: number];
  digital: [min: number, max: number];
  /** Samples in a record. */
  samples: number;
  /** Bytes before them in the record. */
  offset: number;
  isAnnotation: boolean;
}

export interface EdfHeader {
  path: string;
  /** Bytes of a sample: 3 in BDF. */
  width: 2 | 3;
  /** EDF+C, BDF+D … as far as it says. */
  variant: string;
  bytes: number;
  /** As the header says; -1 while it was written. */
  records: number;
  /** Of a record, s. */
  duration: number;
  recordBytes: number;
  signals: readonly EdfSignal[];
  size: number;
}

const fixedBytes = 256;
const lengths = { label: 16, transducer: 80, unit: 8, number: 8, filter: 80, reserved: 32 };

export const isEdfStart = (start: string) => /^0 {7}/.test(start) || start.startsWith('\xffBIOSEMI');

/** @throws FormatError naming the field that is wrong */
export function readEdfHeader(path: string): Promise<EdfHeader> {
  return withPartFile(path, async ({ read, size }) => {
    const fixed = await read(0, fixedBytes);
    if (!isEdfStart(fixed.toString('latin1'))) {
      const found = JSON.stringify(fixed.toString('latin1', 0, 8));
      throw new FormatError(`${path} must begin with "0       " (EDF) or \\xffBIOSEMI (BDF), found ${found}`, { path });
    }
    if (fixed.length < fixedBytes) throw cut(path, size, fixedBytes);
    const width = fixed[0] === 0xff ? 3 : 2;
    const field = (at: number, length: number) => textOf(fixed.subarray(at, at + length));
    const number = (at: number, length: number, name: string) => numberIn(field(at, length), name, path);
    const count = number(252, 4, 'the number of signals');
    const bytes = number(184, 8, 'the bytes in the header');
    if (!Number.isInteger(count) || count < 1) {
      throw new FormatError(`${path} must have at least one signal, found ${count}`, { path, location: 'byte 252' });
    }
    if (bytes !== fixedBytes * (count + 1)) {
      const expected = `${path} must have ${fixedBytes * (count + 1)} bytes of header for ${count} signals`;
      throw new FormatError(`${expected}, found ${bytes}`, { path, location: 'byte 184' });
    }
    if (size < bytes) throw cut(path, size, bytes);
    const signals = signalsIn(await read(fixedBytes, bytes), count, width, path);
    return {
      ...{ path, width, bytes, signals, size },
      variant: field(192, 44).split(' ')[0] || (width === 3 ? 'BDF' : 'EDF'),
      records: number(236, 8, 'the number of records'),
      duration: number(244, 8, 'the duration of a record'),
      recordBytes: signals.reduce((sum, { samples }) => sum + samples * width, 0),
    };
  });
}

function cut(path: string, size: number, bytes: number): FormatError {
  return new FormatError(`${path} must hold a header of ${bytes} bytes, found a file of ${size}`, { path });
}

/** Each field stands for all signals before the next field does. */
function signalsIn(bytes: Buffer, count: number, width: 2 | 3, path: string): EdfSignal[] {
  let at = 0;
  const column = (length: number) => {
    const texts = Array.from({ length: count }, (_, s) =>
      textOf(bytes.subarray(at + s * length, at + (s + 1) * length)),
    );
    at += count * length;
    return texts;
  };
  const numbers = (texts: string[], name: string, labels: string[]) =>
    texts.map((text, s) => (isAnnotation(labels[s]) ? Number(text) : numberIn(text, `${name} of ${labels[s]}`, path)));
  const labels = column(lengths.label);
  column(lengths.transducer);
  const units = column(lengths.unit);
  const [pmin, pmax, dmin, dmax] = ['physical minimum', 'physical maximum', 'digital minimum', 'digital maximum'].map(
    (name) => numbers(column(lengths.number), name, labels),
  );
  column(lengths.filter);
  const samples = column(lengths.number).map((text, s) => numberIn(text, `samples a record of ${labels[s]}`, path));
  let offset = 0;
  return labels.map((label, s) => {
    if (!Number.isInteger(samples[s]) || samples[s] < 1) {
      const message = `${path} must have a whole number of samples a record for ${label}, found ${samples[s]}`;
      throw new FormatError(message, { path, location: label });
    }
    const signal: EdfSignal = {
      ...{ label, unit: units[s], physical: [pmin[s], pmax[s]], digital: [dmin[s], dmax[s]] },
      ...{ samples: samples[s], offset, isAnnotation: isAnnotation(label) },
    };
    offset += samples[s] * width;
    return signal;
  });
}

const isAnnotation = (label: string) => /^[EB]DF Annotations$/.test(label);

/** Decimal commas and blanks occur. */
function numberIn(text: string, name: string, path: string): number {
  const value = Number(text.replace(',', '.'));
  if (text !== '' && Number.isFinite(value)) return value;
  throw new FormatError(`${path} must have a number for ${name}, found ${JSON.stringify(text)}`, {
    path,
    location: name,
  });
}
