/** The opcodes of a pickle being written: small ones gathered in one buffer, large payloads passed on as they are. */

export type PickleProtocol = 2 | 3 | 4 | 5;

/** Of small opcodes, which are handed on in one write. */
const gatheredBytes = 64 * 1024;
const maxUint32 = 2 ** 32 - 1;
/** In a u-mode pattern a surrogate that is half of a pair is no match. */
const loneSurrogate = /\p{Surrogate}/u;
const opcode = {
  binBytes: 0x42,
  binBytes8: 0x8e,
  binUnicode: 0x58,
  binUnicode8: 0x8d,
  shortBinBytes: 0x43,
  global: 0x63,
  reduce: 0x52,
  binGet: 0x68,
  longBinGet: 0x6a,
  binPut: 0x71,
  longBinPut: 0x72,
} as const;

/** A payload that does not fit the lengths of its protocol. */
export class ProtocolTooOld extends Error {}

export class OpcodeWriter {
  readonly protocol: PickleProtocol;
  readonly #memo = new Map<string, number>();
  #buffer = Buffer.allocUnsafe(gatheredBytes);
  #size = 0;
  #full: Uint8Array[] = [];

  constructor(protocol: PickleProtocol) {
    this.protocol = protocol;
    this.bytes(0x80, protocol);
  }

  /** What is ready to be written; `all` for the rest as well. */
  *drain(all = false): Generator<Uint8Array> {
    if (all) this.#flush();
    const ready = this.#full;
    this.#full = [];
    yield* ready;
  }

  /** Characters are opcodes as pickletools lists them. */
  op(characters: string): void {
    for (let i = 0; i < characters.length; i++) this.bytes(characters.charCodeAt(i));
  }

  bytes(...values: number[]): void {
    const at = this.#take(values.length);
    for (let i = 0; i < values.length; i++) this.#buffer[at + i] = values[i];
  }

  int(value: number): void {
    if (value >= 0 && value < 256) this.bytes(0x4b, value);
    else if (value === (value | 0)) {
      this.op('J');
      const at = this.#take(4);
      this.#buffer.writeInt32LE(value, at);
    } else this.long(BigInt(value));
  }

  long(value: bigint): void {
    const bits = (value < 0n ? ~value : value).toString(2).length + 1;
    const length = Math.ceil(bits / 8);
    const hex = BigInt.asUintN(8 * length, value)
      .toString(16)
      .padStart(2 * length, '0');
    const stored = Buffer.from(hex, 'hex').reverse();
    if (length < 256) this.bytes(0x8a, length);
    else this.#withLength(0x8b, length);
    this.#raw(stored);
  }

  float(value: number): void {
    this.op('G');
    const at = this.#take(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  text(value: string): void {
    const stored = loneSurrogate.test(value) ? surrogateBytes(value) : Buffer.from(value, 'utf8');
    this.#textHeader(stored.length);
    this.#raw(stored);
  }

  /** bytes. Protocol 2 has no opcode for them: they go as text that _codecs.encode turns back. */
  payload(data: Uint8Array): void {
    if (this.protocol === 2) {
      this.#payloadAsText(data);
      return;
    }
    if (data.length < 256) this.bytes(opcode.shortBinBytes, data.length);
    else if (data.length <= maxUint32) this.#withLength(opcode.binBytes, data.length);
    else if (this.protocol >= 4) this.#withLength8(opcode.binBytes8, data.length);
    else throw new ProtocolTooOld(`protocol ${this.protocol} holds at most 4 GiB in one array`);
    this.#raw(data);
  }

  /** A name of a module, from the memo after the first time. */
  global(module: string, name: string): void {
    this.once(`${module} ${name}`, () => {
      this.bytes(opcode.global);
      this.#raw(Buffer.from(`${module}\n${name}\n`));
    });
  }

  /** Writes a value the first time, and recalls it after that. */
  once(key: string, write: () => void): void {
    const known = this.#memo.get(key);
    if (known !== undefined) {
      this.#memoOp(opcode.binGet, opcode.longBinGet, known);
      return;
    }
    write();
    const index = this.#memo.size;
    this.#memo.set(key, index);
    this.#memoOp(opcode.binPut, opcode.longBinPut, index);
  }

  #memoOp(short: number, long: number, index: number): void {
    if (index < 256) this.bytes(short, index);
    else this.#withLength(long, index);
  }

  #payloadAsText(data: Uint8Array): void {
    this.global('_codecs', 'encode');
    let high = 0;
    for (let i = 0; i < data.length; i++) high += data[i] >> 7;
    this.#textHeader(data.length + high);
    for (let from = 0; from < data.length; from += gatheredBytes) {
      const part = data.subarray(from, from + gatheredBytes);
      const text = Buffer.from(part.buffer, part.byteOffset, part.length).toString('latin1');
      this.#raw(Buffer.from(text, 'utf8'));
    }
    this.text('latin1');
    this.bytes(0x86, opcode.reduce);
  }

  #textHeader(length: number): void {
    if (length <= maxUint32) this.#withLength(opcode.binUnicode, length);
    else if (this.protocol >= 4) this.#withLength8(opcode.binUnicode8, length);
    else throw new ProtocolTooOld(`protocol ${this.protocol} holds at most 4 GiB in one array or text`);
  }

  #withLength(code: number, length: number): void {
    this.bytes(code);
    const at = this.#take(4);
    this.#buffer.writeUInt32LE(length, at);
  }

  #withLength8(code: number, length: number): void {
    this.bytes(code);
    const at = this.#take(8);
    this.#buffer.writeBigUInt64LE(BigInt(length), at);
  }

  #raw(data: Uint8Array): void {
    if (data.length > gatheredBytes / 4) {
      this.#flush();
      this.#full.push(data);
      return;
    }
    const at = this.#take(data.length);
    this.#buffer.set(data, at);
  }

  /** Room for `length` bytes. It may replace the buffer: name `#buffer` only after the call, never in one expression with it. */
  #take(length: number): number {
    if (this.#size + length > gatheredBytes) this.#flush();
    const at = this.#size;
    this.#size += length;
    return at;
  }

  #flush(): void {
    if (this.#size === 0) return;
    this.#full.push(this.#buffer.subarray(0, this.#size));
    this.#buffer = Buffer.allocUnsafe(gatheredBytes);
    this.#size = 0;
  }
}

/** UTF-8 with lone surrogates coded too: Python reads them with 'surrogatepass'. */
function surrogateBytes(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const lone = point >= 0xd800 && point <= 0xdfff;
    parts.push(
      lone
        ? Buffer.from([0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)])
        : Buffer.from(character),
    );
  }
  return Buffer.concat(parts);
}
