/** Files with one whole number a line. */
import { FormatError, LimitError } from '../../core/errors.js';
import { Growing } from '../../core/growing.js';
import { Slices } from '../../core/slices.js';
import type { PartFile } from '../../io/part-file.js';

/** Read at a time: 10 000 lines of five digits, between which an abort is seen. */
const pieceBytes = 2 ** 16;

/** The numbers of all lines; blank lines are none. @throws FormatError with the line of anything else, LimitError */
export async function wholeNumbers(
  file: PartFile,
  { maxSpikes, signal }: { maxSpikes: number; signal: AbortSignal | undefined },
): Promise<Float64Array> {
  const numbers = new Growing(maxSpikes, file.path);
  const slices = new Slices(signal);
  let [value, digits, sign, line] = [0, 0, 1, 1];
  const fail = (found: string): never => {
    const message = `${file.path} must have a whole number in line ${line}, found ${JSON.stringify(found)}`;
    throw new FormatError(message, { path: file.path, location: `line ${line}` });
  };
  const end = () => {
    if (digits) numbers.push(sign * value);
    else if (sign < 0) fail('-');
    [value, digits, sign] = [0, 0, 1];
  };
  for (let at = 0; at < file.size; at += pieceBytes) {
    const bytes = await file.read(at, at + pieceBytes);
    for (const byte of bytes) {
      if (byte >= 48 && byte <= 57) {
        value = value * 10 + byte - 48;
        if (++digits > 15) fail('more than 15 digits');
      } else if (byte === 45 && !digits && sign > 0) sign = -1;
      else if (byte === 10 || byte === 13 || byte === 32 || byte === 9) {
        end();
        if (byte === 10) line++;
      } else fail(String.fromCharCode(byte));
    }
    await slices.turn();
  }
  end();
  if (numbers.length > maxSpikes) throw new LimitError('maxSpikes', maxSpikes, numbers.length, file.path);
  return numbers.joined(signal);
}
