/** The text header of Neuralynx's files, of all versions of Cheetah and Pegasus. Source: Neuralynx' "Data File Formats". */
import { FormatError } from '../../core/errors.js';
import { firstBytes } from '../../io/look.js';
import { checkRate } from '../../recordings/streams.js';

export const headerBytes = 16_384;
const mark = '######## Neuralynx';

export interface NeuralynxHeader {
  path: string;
  size: number;
  value(key: string): string | undefined;
}

export const isNeuralynxStart = (start: string) => start.startsWith(mark);
export const isNeuralynx = async (path: string) => isNeuralynxStart(await firstBytes(path, 0, mark.length));

/** Lines "-Key value", with a colon behind the key in some versions, and blanks around it in others. */
export function parseHeader(bytes: Buffer, path: string, size: number): NeuralynxHeader {
  const text = bytes.toString('latin1', 0, headerBytes);
  if (!isNeuralynxStart(text)) {
    throw new FormatError(
      `${path} must begin with "${mark} Data File Header", found ${JSON.stringify(text.slice(0, 24))}`,
      {
        path,
        location: 'byte 0',
      },
    );
  }
  if (bytes.length < headerBytes) {
    throw new FormatError(`${path} must have a header of ${headerBytes} bytes, found a file of ${size}`, { path });
  }
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n|\0+/)) {
    const found = /^\s*-([^\s:]+):?(?:\s+(.*))?$/.exec(line);
    if (found && !values.has(found[1])) values.set(found[1], (found[2] ?? '').trim());
  }
  return { path, size, value: (key) => values.get(key) };
}

function numberIn(header: NeuralynxHeader, key: string): number {
  const [first = ''] = header.value(key)?.split(/\s+/) ?? [];
  return first === '' ? Number.NaN : Number(first);
}

/**
 * Cheetah 4 and older say a rate that their clock, which counts whole µs, never had: 27789 Hz are steps of 35 µs.
 *
 * @throws FormatError
 */
export function rateIn(header: NeuralynxHeader): number {
  const said = checkRate(numberIn(header, 'SamplingFrequency'), header.path, 'SamplingFrequency');
  const revision = Number.parseFloat(header.value('CheetahRev') ?? '');
  const old = header.value('NLX_Base_Class_Type') === 'CscAcqEnt' && !(revision >= 5);
  const lynx = /DigitalLynx/i.test(header.value('HardwareSubSystemType') ?? header.value('AcquisitionSystem') ?? '');
  return old && !lynx && said <= 1e6 ? 1e6 / Math.floor(1e6 / said) : said;
}

/** µV of a step, below 0 where the input was inverted; NaN where the file does not say. */
export function gainIn(header: NeuralynxHeader): number {
  const volts = numberIn(header, 'ADBitVolts');
  const inverted = /^true$/i.test(header.value('InputInverted') ?? '');
  return volts === 0 ? Number.NaN : volts * 1e6 * (inverted ? -1 : 1);
}

/** Bytes of a record, as the file says where it does. @throws FormatError */
export function recordBytesIn(header: NeuralynxHeader, expected: number): number {
  const said = numberIn(header, 'RecordSize');
  if (Number.isNaN(said) || said === expected) return expected;
  const message = `${header.path} must have records of ${expected} bytes, found a RecordSize of ${said}`;
  throw new FormatError(message, { path: header.path, location: 'RecordSize' });
}
