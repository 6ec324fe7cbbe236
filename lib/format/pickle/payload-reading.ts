/** Brings payloads from the file to where they shall be: raw ones straight into their place, coded ones piece by piece. */
import type { PickleInput } from './input.js';
import type { Payload } from './payload.js';
import { type PayloadDecoder, RawUnicodeEscapeToBytes, Utf8ToBytes } from './payload-codecs.js';
import { decodeRawUnicodeEscape } from './text-arguments.js';
import type { LongText } from './values.js';

const pieceBytes = 256 * 1024;
const parallelReads = 4;

function decoderOf(payload: Payload): PayloadDecoder {
  return payload.encoding === 'utf8' ? new Utf8ToBytes() : new RawUnicodeEscapeToBytes();
}

const notBytes = 'Bytes written as text were expected to be Latin-1 of the announced length, found other text';

/** The decoded bytes of a small payload, at once. */
export function decodePayloadNow(payload: Payload, input: PickleInput): Uint8Array {
  const stored = new Uint8Array(payload.storedLength);
  input.source.readSync(stored, payload.position);
  if (payload.encoding === 'raw') return stored;
  const decoder = decoderOf(payload);
  const out = new Uint8Array(stored.length);
  if (!decoder.push(stored, out) || !decoder.end()) throw input.error(notBytes, payload.position);
  return out.slice(0, decoder.written);
}

export interface PayloadRead {
  payload: Payload;
  /** Where the decoded bytes go: exactly as long as they are. */
  target: Uint8Array;
  /** Called when the bytes are there. */
  done?: () => void;
}

/** Reads payloads into their targets, several at a time. */
export async function readPayloads(
  reads: readonly PayloadRead[],
  input: PickleInput,
  options: { signal?: AbortSignal; onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < reads.length) {
      options.signal?.throwIfAborted();
      const { payload, target, done } = reads[next++];
      await readPayload(payload, target, input, options.signal);
      done?.();
      options.onBytes?.(payload.storedLength);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelReads, reads.length) }, worker));
}

async function readPayload(payload: Payload, target: Uint8Array, input: PickleInput, signal?: AbortSignal) {
  if (payload.bytes) {
    if (payload.bytes.length !== target.length) throw input.error(notBytes, payload.position);
    target.set(payload.bytes);
  } else if (payload.encoding === 'raw') await input.source.read(target, payload.position);
  else await decodeInto(payload, target, input, signal);
}

async function decodeInto(payload: Payload, target: Uint8Array, input: PickleInput, signal?: AbortSignal) {
  const decoder = decoderOf(payload);
  const buffer = new Uint8Array(Math.min(pieceBytes, payload.storedLength));
  for (let done = 0; done < payload.storedLength; done += buffer.length) {
    signal?.throwIfAborted();
    const piece = buffer.subarray(0, Math.min(buffer.length, payload.storedLength - done));
    await input.source.read(piece, payload.position + done);
    if (!decoder.push(piece, target)) throw input.error(notBytes, payload.position);
  }
  if (!decoder.end() || decoder.written !== target.length) throw input.error(notBytes, payload.position);
}

/** Decoded bytes of a payload whose decoded length nobody knows. */
export async function loadPayload(payload: Payload, input: PickleInput, signal?: AbortSignal): Promise<Uint8Array> {
  if (payload.bytes) return payload.bytes;
  const stored = new Uint8Array(payload.storedLength);
  await input.source.read(stored, payload.position);
  signal?.throwIfAborted();
  if (payload.encoding === 'raw') {
    payload.bytes = stored;
    return stored;
  }
  const decoder = decoderOf(payload);
  // a character takes at least the one byte that it stands for, so decoding in place never overtakes reading
  if (!decoder.push(stored, stored) || !decoder.end()) throw input.error(notBytes, payload.position);
  payload.bytes = stored.subarray(0, decoder.written);
  return payload.bytes;
}

/** The text of a long str. */
export async function loadText(text: LongText, input: PickleInput): Promise<void> {
  const { payload } = text;
  const stored = new Uint8Array(payload.storedLength);
  await input.source.read(stored, payload.position);
  const value = payload.encoding === 'utf8' ? input.decodeText(stored) : decodeRawUnicodeEscape(stored);
  if (value === undefined) throw input.error('A str in raw-unicode-escape was expected', payload.position);
  text.value = value;
}
