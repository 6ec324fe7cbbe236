/** TDT's .sev files: one channel of a store each, or some hours of it. */
import { basename } from 'node:path';
import { FormatError, UnsupportedError } from '../../core/errors.js';
import { Fields } from '../../io/fields.js';
import { headOf } from '../../io/part-file.js';
import { checkRate } from '../../recordings/streams.js';
import { formats } from './block.js';

export interface SevFile {
  path: string;
  store: string;
  channel: number;
  /** Files of one channel follow each other by this. */
  hour: number;
  fsHz: number;
  format: number;
  /** Whole ones behind the header. */
  samples: number;
  rest: number;
}

export const sevHeaderBytes = 40;
/** TDT's clock. */
const clockHz = 25e6;

export const isSevStart = (start: string) => start.slice(8, 11) === 'SEV';

/** @throws FormatError, UnsupportedError for versions that do not say the rate */
export async function readSev(path: string): Promise<SevFile> {
  const { head, size } = await headOf(path, sevHeaderBytes);
  const fields = new Fields(head, path, 8);
  const [mark, version] = [fields.text(3), fields.u8()];
  if (mark !== 'SEV') {
    const message = `${path} must have SEV at byte 8, found ${JSON.stringify(mark)}`;
    throw new FormatError(message, { path, location: 'byte 8' });
  }
  if (version < 2 || version > 3) {
    throw new UnsupportedError(
      `SEV version ${version}`,
      `${path} is a .sev file of version ${version}; 2 and 3 are read`,
    );
  }
  const [store, channel] = [fields.text(4), fields.u16()];
  fields.skip(2 + 2 + 2);
  const [format, decimation, rate] = [fields.u8() & 7, fields.u8(), fields.u16()];
  fields.skip(12);
  if (!formats[format]) {
    throw new FormatError(`${path} must hold samples of a known format (0 to 5), found ${format}`, { path });
  }
  const fsHz = checkRate((2 ** (rate - 12) * clockHz) / decimation, path, 'byte 26');
  const bytes = size - sevHeaderBytes;
  const hour = Number(/-(\d{1,6})h\.sev$/i.exec(basename(path))?.[1] ?? 0);
  return {
    path,
    store,
    channel,
    hour,
    fsHz,
    format,
    samples: Math.floor(bytes / formats[format].size),
    rest: bytes % formats[format].size,
  };
}
