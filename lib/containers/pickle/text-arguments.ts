/** The arguments that protocol 0 writes as lines of text. Every parser gives undefined where Python would refuse the text. */

/** Python refuses longer decimal texts too (sys.int_info.default_max_str_digits). */
export const maxIntegerDigits = 4300;

/** An int as a number where that is exact, else as a bigint. */
function integerFrom(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function parseInteger(text: string): number | bigint | undefined {
  if (!/^\s*[+-]?\d+\s*$/.test(text) || text.length > maxIntegerDigits + 2) return undefined;
  if (text.length < 16) return Number(text);
  return integerFrom(BigInt(text.trim().replace(/^\+/, '')));
}

export function parseFloatText(text: string): number | undefined {
  const bare = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare)) return Number(bare);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(bare);
  if (!special) return undefined;
  if (special[2].toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Two's complement, little-endian, any length. */
export function integerFromBytes(bytes: Buffer): number | bigint {
  const { length } = bytes;
  if (length === 0) return 0;
  if (length <= 6) return bytes.readIntLE(0, length);
  let value = 0n;
  // hex is the one linear way that JavaScript has for long integers
  const hex = Buffer.from(bytes).reverse().toString('hex');
  value = BigInt(`0x${hex}`);
  if (bytes[length - 1] & 0x80) value -= 1n << BigInt(8 * length);
  return integerFrom(value);
}

const hexDigits = (bytes: Uint8Array, at: number, count: number): number => {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const c = bytes[i];
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 65 && c <= 70 ? c - 55 : c >= 97 && c <= 102 ? c - 87 : -1;
    if (digit < 0 || i >= bytes.length) return -1;
    value = value * 16 + digit;
  }
  return value;
};

/** Python's 'raw-unicode-escape': Latin-1 in which \uXXXX and \UXXXXXXXX stand for code points. */
export function decodeRawUnicodeEscape(bytes: Uint8Array): string | undefined {
  const pieces: string[] = [];
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let from = 0;
  for (let at = latin1.indexOf(92); at >= 0; ) {
    const digits = bytes[at + 1] === 117 ? 4 : bytes[at + 1] === 85 ? 8 : 0;
    // a backslash that begins no code point stands for itself, and so does the one after it
    if (digits === 0) {
      at = latin1.indexOf(92, at + 2);
      continue;
    }
    const point = hexDigits(bytes, at + 2, digits);
    if (point < 0 || point > 0x10ffff) return undefined;
    pieces.push(latin1.toString('latin1', from, at), String.fromCodePoint(point));
    from = at + 2 + digits;
    at = latin1.indexOf(92, from);
  }
  pieces.push(latin1.toString('latin1', from));
  return pieces.join('');
}

const simpleEscapes = new Map([
  [92, 92],
  [39, 39],
  [34, 34],
  [97, 7],
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
  [118, 11],
]);

/** The bytes of a quoted Python 2 string literal, as repr() wrote it. */
export function decodeStringLiteral(line: Uint8Array): Uint8Array | undefined {
  const quote = line[0];
  if (line.length < 2 || (quote !== 39 && quote !== 34) || line[line.length - 1] !== quote) return undefined;
  const out = new Uint8Array(line.length - 2);
  const end = line.length - 1;
  let size = 0;
  for (let i = 1; i < end; i++) {
    if (line[i] !== 92) {
      out[size++] = line[i];
      continue;
    }
    const next = ++i < end ? line[i] : -1;
    const simple = simpleEscapes.get(next);
    if (simple !== undefined) out[size++] = simple;
    else if (next === 120) {
      const value = i + 2 < end ? hexDigits(line, i + 1, 2) : -1;
      if (value < 0) return undefined;
      out[size++] = value;
      i += 2;
    } else if (next >= 48 && next <= 55) {
      let value = next - 48;
      for (let k = 0; k < 2 && line[i + 1] >= 48 && line[i + 1] <= 55 && i + 1 < end; k++)
        value = value * 8 + line[++i] - 48;
      out[size++] = value & 0xff;
    } else if (next < 0) return undefined;
    else {
      out[size++] = 92;
      out[size++] = next;
    }
  }
  return out.subarray(0, size);
}
