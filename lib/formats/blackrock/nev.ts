/** Headers of Blackrock's NEV files, versions 2.1 to 3.0. Source: Blackrock's File Specifications. */
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../io/fields.js';
import { headOf } from '../../io/part-file.js';

export interface NevHeader {
  path: string;
  version: string;
  dataStart: number;
  packetBytes: number;
  /** Ticks a second. */
  resolution: number;
  size: number;
  labels: ReadonlyMap<number, string>;
  /** µV of a step of the electrode's waveforms, which of version 2.1 are those of the NSx file too. */
  steps: ReadonlyMap<number, number>;
}

export const isNevStart = (start: string) => start.startsWith('NEURALEV') || start.startsWith('BREVENTS');

/** 32 bytes each: 2^19 of them. */
const mostHeaderBytes = 2 ** 24;
const extendedBytes = 32;

/** @throws FormatError, UnsupportedError for versions that are not known */
export async function readNevHeader(path: string): Promise<NevHeader> {
  const { head, size } = await headOf(path, mostHeaderBytes);
  const fields = new Fields(head, path);
  const magic = fields.text(8);
  if (!isNevStart(magic)) {
    const message = `${path} must begin with NEURALEV or BREVENTS, found ${JSON.stringify(magic)}`;
    throw new FormatError(message, { path, location: 'byte 0' });
  }
  const version = `${fields.u8()}.${fields.u8()}`;
  if (!/^(2\.[0-3]|3\.\d+)$/.test(version)) {
    throw new UnsupportedError(
      `NEV ${version}`,
      `${path} is a NEV file of version ${version}; 2.0 to 2.3 and 3.x are read`,
    );
  }
  fields.skip(2);
  const [dataStart, packetBytes, resolution] = [fields.u32(), fields.u32(), fields.u32()];
  fields.skip(4 + 16 + 32 + 256);
  const count = fields.u32();
  const least = magic === 'BREVENTS' ? 12 : 8;
  if (packetBytes < least || resolution <= 0 || dataStart < fields.at || dataStart > size) {
    const found = `packets of ${packetBytes} bytes, ${resolution} ticks a second and a header of ${dataStart} in a file of ${size}`;
    throw new FormatError(
      `${path} must have packets of at least ${least} bytes behind a header that lies in the file, found ${found}`,
      {
        path,
      },
    );
  }
  const labels = new Map<number, string>();
  const steps = new Map<number, number>();
  for (let h = 0; h < count && fields.at + extendedBytes <= dataStart; h++) {
    const next = fields.at + extendedBytes;
    const id = fields.text(8);
    if (id === 'NEUEVLBL') labels.set(fields.u16(), fields.text(16));
    if (id === 'NEUEVWAV') {
      const electrode = fields.u16();
      fields.skip(2);
      const nanovolts = fields.u16();
      // the true number of analogue inputs does not fit its field
      const exact = nanovolts === 21_516 ? 152_592.547 : nanovolts;
      if (exact) steps.set(electrode, exact / 1000);
    }
    fields.at = next;
  }
  return { path, version, dataStart, packetBytes, resolution, size, labels, steps };
}
