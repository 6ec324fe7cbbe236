/** The recordings that a concatenated one was made of: metadata.rec_chunks_ms and rec_chunk_names. */
import { isNdArray, type NdArray, type NumericArray, sizeOf } from '../core/arrays.js';
import { OptionError } from '../core/errors.js';
import { warn } from '../core/report.js';
import type { NeuronAttributes } from './options.js';

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

/**
 * The attributes of the units in one epoch: of `epoch_templates`, one an epoch, the one of this becomes `template`. Where there
 * are fewer than epochs the unit has no template here, since `template` is that of the whole.
 */
export function epochAttributes(
  attributes: readonly NeuronAttributes[] | null,
  index: number,
): NeuronAttributes[] | null {
  let without = 0;
  const out = attributes?.map((unit) => {
    const { epoch_templates: templates, ...rest } = unit;
    if (templates === undefined || templates === null) return { ...unit };
    const own = isNdArray(templates)
      ? rowOf(templates, index)
      : Array.isArray(templates)
        ? templates[index]
        : undefined;
    if (own !== undefined && own !== null) return { ...rest, template: own };
    without++;
    const { template: _ofTheWhole, ...bare } = rest;
    return bare;
  });
  if (without > 0) {
    const message = `splitEpochs: ${without} units have no epoch_templates for epoch ${index}, so no template there`;
    warn({ code: 'epoch-template-missing', severity: 'warning', message, count: without });
  }
  return out ?? null;
}

/** What lies at an index of the first axis; numbers of a vector are no templates. */
function rowOf({ data, shape, stride }: NdArray, index: number): NdArray | NumericArray | undefined {
  const [rows, ...rest] = shape;
  if (rest.length === 0 || stride || index >= rows) return undefined;
  const width = sizeOf(rest);
  const row = data.slice(index * width, (index + 1) * width);
  return rest.length === 1 ? row : { data: row, shape: rest };
}

/** The metadata of one epoch: that of the whole without the list of epochs. */
export function epochMetadata(metadata: Record<string, unknown>, index: number, epoch: Epoch): Record<string, unknown> {
  const { rec_chunks_ms: _chunks, rec_chunk_names: _names, ...rest } = metadata;
  return { ...rest, ...(epoch.name === undefined ? {} : { source_file: epoch.name }), epoch_index: index };
}
