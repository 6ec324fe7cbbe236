/** Brings payloads from the file to where they shall be: raw ones straight into their place, coded ones piece by piece. */

import { constants } from 'node:buffer';
import { native } from '../../addon/binding.js';
import { type JobOptions, runJob } from '../../addon/job.js';
import type { NumericArray } from '../../core/arrays.js';
import type { PickleInput } from './input.js';
import { type Payload, payloadEncodings } from './payload.js';
import { type PayloadDecoder, RawUnicodeEscapeToBytes, Utf8ToBytes } from './payload-codecs.js';
import { decodeRawUnicodeEscape } from './text-arguments.js';
import type { LongText } from './values.js';

/** A Uint8Array ends at 4 GiB; arrays of numbers are read into their own type instead. */
const maxBytes = constants.MAX_LENGTH;

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

/** A payload, and the bytes of the common target that it becomes. */
export interface PayloadRead {
  payload: Payload;
  offset: number;
  bytes: number;
}

/** Reads payloads into their places in `target`: those of a file in native threads, in parallel. */
export async function readPayloads(
  reads: readonly PayloadRead[],
  target: NumericArray,
  input: PickleInput,
  options: JobOptions = {},
): Promise<void> {
  const { fd } = input.source;
  const stored = fd === null ? [] : reads.filter(({ payload }) => payload.bytes === null);
  for (const read of reads) {
    if (read.payload.bytes || fd === null) placePayload(read, target, input);
  }
  if (fd === null || stored.length === 0) return;
  const payloads = Float64Array.from(
    stored.flatMap(({ payload, offset, bytes }) => [
      payload.position,
      payload.storedLength,
      payloadEncodings.indexOf(payload.encoding),
      offset,
      bytes,
    ]),
  );
  const request = { fd, path: input.place.path, payloads, target };
  const bad = await runJob(() => native().readPicklePayloads(request), options);
  if (bad >= 0) throw input.error(notBytes, stored[bad].payload.position);
}

/** A payload that is in memory, decoded or not. */
function placePayload({ payload, offset, bytes }: PayloadRead, target: NumericArray, input: PickleInput): void {
  const out = new Uint8Array(target.buffer, target.byteOffset + offset, bytes);
  if (payload.bytes) {
    if (payload.bytes.length !== bytes) throw input.error(notBytes, payload.position);
    out.set(payload.bytes);
    return;
  }
  const decoder = decoderOf(payload);
  const stored = new Uint8Array(payload.storedLength);
  input.source.readSync(stored, payload.position);
  if (!decoder.push(stored, out) || !decoder.end() || decoder.written !== bytes) {
    throw input.error(notBytes, payload.position);
  }
}

/** Decoded bytes of a payload whose decoded length nobody knows. */
export async function loadPayload(payload: Payload, input: PickleInput, signal?: AbortSignal): Promise<Uint8Array> {
  if (payload.bytes) return payload.bytes;
  if (payload.storedLength > maxBytes) {
    throw input.error(`At most ${maxBytes} bytes fit into one value, found ${payload.storedLength}`, payload.position);
  }
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
