/** What .zarray (v2) and zarr.json (v3) say of an array, checked before anything is allocated by it. */

import { FormatError, UnsupportedError } from '../../core/errors.js';
import type { JsonObject } from '../text/json.js';
import { stepFor } from './codecs.js';
import type { Configuration, Step } from './step.js';
import { typeFromV2, typeFromV3, type ZarrType } from './type.js';
import type { VlenKind } from './vlen.js';

/** How the elements of one chunk became bytes, in the order of encoding. */
export interface Pipeline {
  /** Which axis of the array is the first, the second … of what is stored. */
  axes: number[];
  /** Of elements without a fixed size. */
  vlen: VlenKind | null;
  steps: Step[];
}

export interface ShardLayout {
  /** Shape of the file's grid; the array's chunks are inside. */
  shape: number[];
  indexAtEnd: boolean;
  indexChecksum: boolean;
}

export interface ZarrArrayMeta {
  shape: number[];
  chunks: number[];
  type: ZarrType;
  fill: unknown;
  /** Name of the file of a chunk (of a shard, where there are shards). */
  key(coordinates: readonly number[]): string;
  /** Throws where a codec is not read: an array may be described all the same. */
  pipeline(): Pipeline;
  shard: ShardLayout | null;
}

export interface MetaPlace {
  path: string;
  location: string;
}

/** numpy's own bound when Zarr 2 was made, whose arrays are numpy's. */
const maxDimensions = 32;

/** @throws FormatError for anything that is no array's metadata */
export function parseV2(json: JsonObject, place: MetaPlace): ZarrArrayMeta {
  if (json.zarr_format !== 2)
    throw bad(place, `zarr_format 2 was expected in .zarray, found ${show(json.zarr_format)}`);
  const shape = sizes(json.shape, 'shape', 0, place);
  const chunks = sizes(json.chunks, 'chunks', 1, place, shape.length);
  const type = typed(typeFromV2(json.dtype), json.dtype, place);
  if (json.order !== undefined && json.order !== 'C' && json.order !== 'F') {
    throw bad(place, `order C or F was expected, found ${show(json.order)}`);
  }
  const axes = shape.map((_, axis) => (json.order === 'F' ? shape.length - 1 - axis : axis));
  const separator = json.dimension_separator ?? '.';
  if (separator !== '.' && separator !== '/')
    throw bad(place, `dimension_separator . or / was expected, found ${show(separator)}`);
  const where = `${place.path}: ${place.location}`;
  const filters = codecList(json.filters, 'filters', place);
  const compressors = codecList(json.compressor ? [json.compressor] : [], 'compressor', place);
  return {
    shape,
    chunks,
    type,
    fill: json.fill_value,
    key: (coordinates) => (coordinates.length ? coordinates.join(separator) : '0'),
    pipeline() {
      const vlen = type.kind === 'object' ? vlenKind(filters[0]?.name, where) : null;
      const rest = vlen ? filters.slice(1) : filters;
      return { axes, vlen, steps: [...rest, ...compressors].map((c) => stepFor(c.name, c.configuration, where)) };
    },
    shard: null,
  };
}

/** @throws FormatError for anything that is no array's metadata, UnsupportedError for extensions that are not read */
export function parseV3(json: JsonObject, place: MetaPlace): ZarrArrayMeta {
  const shape = sizes(json.shape, 'shape', 0, place);
  const grid = named(json.chunk_grid, 'chunk_grid', place);
  if (grid.name !== 'regular') throw unread(place, `chunk_grid ${show(grid.name)}`);
  if (Array.isArray(json.storage_transformers) && json.storage_transformers.length > 0)
    throw unread(place, 'storage_transformers');
  const outer = sizes(grid.configuration.chunk_shape, 'chunk_shape', 1, place, shape.length);
  const codecs = codecList(json.codecs, 'codecs', place);
  const sharding = codecs.find(({ name }) => name === 'sharding_indexed');
  const shard = sharding ? shardLayout(sharding.configuration, outer, codecs.length, place) : null;
  const chunks = sharding ? sizes(sharding.configuration.chunk_shape, 'chunk_shape', 1, place, shape.length) : outer;
  if (outer.some((n, axis) => n % chunks[axis] !== 0)) throw bad(place, 'shards of whole chunks were expected');
  const inner = sharding ? codecList(sharding.configuration.codecs, 'codecs', place) : codecs;
  const endian = inner.find(({ name }) => name === 'bytes')?.configuration.endian ?? 'little';
  if (endian !== 'little' && endian !== 'big')
    throw bad(place, `endian little or big was expected, found ${show(endian)}`);
  const type = typed(typeFromV3(json.data_type, endian), json.data_type, place);
  return {
    shape,
    chunks,
    type,
    fill: json.fill_value,
    key: keyEncoding(json.chunk_key_encoding, place),
    pipeline: () => v3Pipeline(inner, type, shape.length, place),
    shard,
  };
}

function v3Pipeline(codecs: NamedCodec[], type: ZarrType, rank: number, place: MetaPlace): Pipeline {
  const where = `${place.path}: ${place.location}`;
  let axes = Array.from({ length: rank }, (_, axis) => axis);
  let vlen: VlenKind | null = null;
  let serialized = false;
  const steps: Step[] = [];
  for (const { name, configuration } of codecs) {
    if (name === 'transpose' && !serialized) axes = transposed(axes, configuration.order, place);
    else if (name === 'bytes') serialized = true;
    else if (/^(numcodecs\.)?(vlen-(utf8|bytes)|json2)$/.test(name)) {
      vlen = vlenKind(name, where);
      serialized = true;
    } else {
      // numcodecs' filters of numbers stand before `bytes`, in the machine's own byte order
      steps.push(stepFor(name, configuration, where));
    }
  }
  if (type.kind === 'object' && vlen === null)
    throw unread(place, 'elements without a fixed size and without their codec');
  return { axes, vlen, steps };
}

function transposed(axes: number[], order: unknown, place: MetaPlace): number[] {
  const rank = axes.length;
  if (order === 'C') return axes;
  if (order === 'F') return [...axes].reverse();
  const whole = Array.isArray(order) && order.length === rank && new Set(order).size === rank;
  if (!whole || !order.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank)) {
    throw bad(place, `a permutation of ${rank} axes was expected from transpose, found ${show(order)}`);
  }
  return (order as number[]).map((axis) => axes[axis]);
}

function shardLayout(configuration: Configuration, shape: number[], codecs: number, place: MetaPlace): ShardLayout {
  if (codecs !== 1) throw unread(place, 'codecs around shards');
  const index = codecList(configuration.index_codecs, 'index_codecs', place);
  const known = index.every(
    ({ name, configuration: c }) => name === 'crc32c' || (name === 'bytes' && c.endian !== 'big'),
  );
  if (!known) throw unread(place, 'an index of shards with other codecs than bytes and crc32c');
  const at = configuration.index_location ?? 'end';
  if (at !== 'end' && at !== 'start') throw bad(place, `index_location start or end was expected, found ${show(at)}`);
  return { shape, indexAtEnd: at === 'end', indexChecksum: index.some(({ name }) => name === 'crc32c') };
}

function keyEncoding(value: unknown, place: MetaPlace): ZarrArrayMeta['key'] {
  const { name, configuration } = named(value ?? { name: 'default' }, 'chunk_key_encoding', place);
  const separator = configuration.separator ?? (name === 'v2' ? '.' : '/');
  if (separator !== '.' && separator !== '/')
    throw bad(place, `separator . or / was expected, found ${show(separator)}`);
  if (name === 'v2') return (coordinates) => (coordinates.length ? coordinates.join(separator) : '0');
  if (name === 'default') return (coordinates) => ['c', ...coordinates].join(separator);
  throw unread(place, `chunk_key_encoding ${show(name)}`);
}

function vlenKind(name: string | undefined, where: string): VlenKind {
  const plain = name?.replace(/^numcodecs\./, '');
  if (plain === 'vlen-utf8' || plain === 'vlen-bytes' || plain === 'json2') return plain;
  const what =
    plain === 'pickle' ? 'pickles, which are never opened' : `${JSON.stringify(name ?? null)}, which is not read`;
  throw new UnsupportedError('zarr codec', `${where} holds Python objects as ${what}`);
}

interface NamedCodec {
  name: string;
  configuration: Configuration;
}

/** Codecs by `id` with their parameters beside it (v2), or by `name` with a configuration (v3). */
function codecList(value: unknown, key: string, place: MetaPlace): NamedCodec[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw bad(place, `a list of codecs was expected for ${key}, found ${show(value)}`);
  return value.map((item: unknown) => {
    const id = (item as { id?: unknown } | null)?.id;
    if (typeof id === 'string') return { name: id, configuration: item as Configuration };
    return named(item, key, place);
  });
}

function named(value: unknown, key: string, place: MetaPlace): NamedCodec {
  if (typeof value === 'string') return { name: value, configuration: {} };
  const { name, configuration = {} } = (value ?? {}) as { name?: unknown; configuration?: unknown };
  if (typeof name !== 'string' || typeof configuration !== 'object' || configuration === null) {
    throw bad(place, `a name and a configuration were expected for ${key}, found ${show(value)}`);
  }
  return { name, configuration: configuration as Configuration };
}

function sizes(value: unknown, key: string, least: number, place: MetaPlace, rank?: number): number[] {
  const valid = Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= least);
  if (!valid || value.length > maxDimensions || (rank !== undefined && value.length !== rank)) {
    const expected = rank === undefined ? `at most ${maxDimensions}` : String(rank);
    throw bad(place, `${expected} whole numbers of at least ${least} were expected for ${key}, found ${show(value)}`);
  }
  return [...(value as number[])];
}

function typed(type: ZarrType | string, given: unknown, place: MetaPlace): ZarrType {
  if (typeof type === 'string') throw bad(place, `an element type was expected, found ${show(given)}: ${type}`);
  return type;
}

const show = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 80);

function bad({ path, location }: MetaPlace, what: string): FormatError {
  return new FormatError(`${path}: ${location || 'the root'} cannot be read as Zarr: ${what}`, { path, location });
}

function unread({ path, location }: MetaPlace, what: string): UnsupportedError {
  return new UnsupportedError('zarr', `${path}: ${location || 'the root'} uses ${what}, which is not read`);
}
