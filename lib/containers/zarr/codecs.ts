/** The steps between elements and stored bytes: compressors, checksums and numcodecs' filters, each decoded with a bound. */

import { promisify } from 'node:util';
import { gunzip, type InputType, inflate, type ZlibOptions } from 'node:zlib';
import { UnsupportedError } from '../../core/errors.js';
import { BadChunk } from './bad-chunk.js';
import { bloscBytes, decodeBlosc } from './blosc.js';
import { crc32c } from './crc32c.js';
import { filterStep } from './filters.js';
import { decodeLz4 } from './lz.js';
import type { Configuration, Step } from './step.js';
import { decodeZstd } from './zstd.js';

type Unzip = (stored: InputType, options: ZlibOptions) => Promise<Buffer>;
const compressors: Record<string, Step['decode']> = {
  blosc: (stored, size, { slices, mostBytes }) =>
    decodeBlosc(stored, bounded(size ?? bloscBytes(stored), mostBytes), slices),
  gzip: unzip(promisify(gunzip)),
  zlib: unzip(promisify(inflate)),
  lz4: (stored, size, { mostBytes }) => lz4(stored, size, mostBytes),
  zstd: (stored, size, { mostBytes }) => decodeZstd(stored, size, size ?? mostBytes),
};

/** The codec of this name in v2 (`id`), v3, or v3 under numcodecs' name. `itemBytes` is an element's size, for shuffle. */
export function stepFor(id: string, configuration: Configuration, where: string): Step {
  const name = id.replace(/^numcodecs\./, '');
  const decode = Object.hasOwn(compressors, name) ? compressors[name] : undefined;
  if (decode) return { name, stored: () => null, decode };
  if (name === 'crc32c') return checksum;
  const filter = filterStep(name, configuration, where);
  if (filter) return filter;
  throw new UnsupportedError(
    'zarr codec',
    `${where} is stored with the codec ${JSON.stringify(id)}, which is not read`,
  );
}

const checksum: Step = {
  name: 'crc32c',
  stored: (size) => (size === null ? null : size + 4),
  decode(stored) {
    if (stored.length < 4) throw new BadChunk('a checksum of 4 bytes was expected, found fewer');
    const data = stored.subarray(0, stored.length - 4);
    const found = new DataView(stored.buffer, stored.byteOffset + data.length, 4).getUint32(0, true);
    if (crc32c(data) !== found)
      throw new BadChunk('the checksum of the data was expected, found another: they are damaged');
    return data;
  },
};

function bounded(size: number, most: number): number {
  if (size <= most) return size;
  throw new BadChunk(`at most ${most} bytes were expected, found ${size} announced`);
}

/** zlib's own pieces are 16 kB; larger ones are fewer turns. */
const pieceBytes = 2 ** 18;
/** Node takes no larger bound. */
const maxOutput = 2 ** 32;

function unzip(run: Unzip): Step['decode'] {
  return async (stored, size, { mostBytes }) => {
    const most = Math.min(size ?? mostBytes, maxOutput);
    try {
      const chunkSize = Math.max(64, Math.min(pieceBytes, most + 1));
      return await run(stored, { maxOutputLength: Math.max(most, 1), chunkSize });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ERR_BUFFER_TOO_LARGE')
        throw new BadChunk(`at most ${most} bytes were expected, found compressed data that hold more`);
      throw new BadChunk(`sound compressed data were expected, found damaged or cut ones (${message})`);
    }
  };
}

/** numcodecs' LZ4: the size as int32, then one block. */
function lz4(stored: Uint8Array, size: number | null, most: number): Uint8Array {
  if (stored.length < 4) throw new BadChunk('LZ4 data with their size were expected, found fewer than 4 bytes');
  const announced = new DataView(stored.buffer, stored.byteOffset, 4).getInt32(0, true);
  if (announced < 0 || (size !== null && announced !== size)) {
    throw new BadChunk(`${size ?? 'some'} bytes were expected from LZ4 data, found ${announced} announced`);
  }
  const out = new Uint8Array(bounded(announced, most));
  decodeLz4(stored.subarray(4), out);
  return out;
}
