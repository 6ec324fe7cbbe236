/** The recordings that a concatenated one was made of: metadata.rec_chunks_ms and rec_chunk_names. */
import { isNdArray } from '../arrays.js';
import { OptionError } from '../errors.js';

export interface Epoch {
  start: number;
  end: number;
  name: string | undefined;
}

/** @throws OptionError where the metadata names no epochs, or not as [start, end] pairs in ms. */
export function epochsOf(metadata: Record<string, unknown>): Epoch[] {
  const chunks = rows(metadata.rec_chunks_ms);
  if (chunks.length === 0) {
    const expected = 'an array of [start, end] in ms (a SpikeData of concatenated recordings has it)';
    throw new OptionError('metadata.rec_chunks_ms', expected, metadata.rec_chunks_ms);
  }
  const names = Array.isArray(metadata.rec_chunk_names) ? metadata.rec_chunk_names : [];
  return chunks.map((chunk, i) => {
    const [start, end] = Array.from(chunk as ArrayLike<unknown>, Number);
    if (chunk.length !== 2 || !Number.isFinite(start) || !Number.isFinite(end)) {
      throw new OptionError(`metadata.rec_chunks_ms[${i}]`, 'a pair [start, end] in ms', chunk);
    }
    return { start, end, name: names[i] === undefined ? undefined : String(names[i]) };
  });
}

function rows(value: unknown): ArrayLike<unknown>[] {
  if (isNdArray(value) && value.shape.length === 2) {
    const [count, width] = value.shape;
    return Array.from({ length: count }, (_, i) => value.data.subarray(i * width, (i + 1) * width));
  }
  return Array.isArray(value)
    ? value.map((row) => (Array.isArray(row) || ArrayBuffer.isView(row) ? (row as unknown as ArrayLike<unknown>) : []))
    : [];
}

/** The metadata of one epoch: that of the whole without the list of epochs. */
export function epochMetadata(metadata: Record<string, unknown>, index: number, epoch: Epoch): Record<string, unknown> {
  const { rec_chunks_ms: _chunks, rec_chunk_names: _names, ...rest } = metadata;
  return { ...rest, ...(epoch.name === undefined ? {} : { source_file: epoch.name }), epoch_index: index };
}
