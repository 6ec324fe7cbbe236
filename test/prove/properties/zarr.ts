/** How a Zarr array may be stored. */
import type { Random } from '../random.js';

export type ZarrSpec = {
  compressor: string;
  level: number;
  shuffle: number;
  filters: string[];
  chunk: number;
  chunkChannels: number;
  order: string;
  sparse: boolean;
  version: number;
  /** v3 alone: chunks of a shard along each axis, less one; 0 for none. */
  shards: number;
  keys: string;
  separator: string;
  checksum: boolean;
};

const compressors = [
  'none',
  'zlib',
  'gzip',
  'zstd',
  'lz4',
  'bz2',
  'lzma',
  ...['blosclz', 'lz4', 'lz4hc', 'zlib', 'zstd'].map((name) => `blosc-${name}`),
];

export const drawZarr = (random: Random): ZarrSpec => ({
  compressor: random.pick(compressors),
  level: random.int(1, 9),
  // -1 (by the type) to 2 (bits), kept from falling below 0
  shuffle: random.int(0, 3),
  filters: random.some(['delta', 'shuffle'], 0.2),
  chunk: 1 + random.size(100_000),
  chunkChannels: random.chance(0.5) ? 0 : random.int(1, 40),
  order: random.pick(['C', 'F']),
  sparse: random.chance(0.5),
  version: random.int(2, 3),
  shards: random.chance(0.3) ? random.int(1, 3) : 0,
  keys: random.pick(['default', 'default', 'v2']),
  separator: random.pick(['/', '.']),
  checksum: random.chance(0.3),
});

/** What a shrunken case has. */
export const plainZarr: ZarrSpec = {
  ...{ compressor: 'none', level: 1, shuffle: 1, filters: [], chunk: 1000 },
  chunkChannels: 0,
  order: 'C',
  sparse: false,
  ...{ version: 2, shards: 0, keys: 'default', separator: '/', checksum: false },
};

/** Refused with a clear error is right, too. */
export const isUnsupported = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'ERR_UNSUPPORTED';
