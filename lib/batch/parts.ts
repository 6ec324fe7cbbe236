/** Items that mean everything in their source: each well, stream or series of it becomes an item of its own. */
import { identify } from '../api/identify.js';
import { OptionError } from '../core/errors.js';
import { pickOptions } from '../core/known-options.js';
import { loadOptionNames } from '../core/options.js';
import type { Identification, Part } from '../loading/identify/identification.js';
import type { BatchItem, Operation } from './contract.js';

/** As an item's `dataset`. */
const all = '*';

const recordings = ['recording', 'both'];
const sortings = ['sorting', 'both'];
const kinds: Readonly<Record<Operation, readonly string[]>> = {
  detect: recordings,
  peaks: recordings,
  load: sortings,
  convert: sortings,
  plot: [...recordings, 'sorting'],
  view: [...recordings, 'sorting'],
  identify: [...recordings, 'sorting', 'table'],
};

/** Whether an operation can be done with what was found. */
export const fits = ({ readable, what }: Identification, operation: Operation): boolean =>
  readable && kinds[operation].includes(what);

/** Those that the operation takes one by one: streams, wells and series of samples; tables of spikes that `dataset` chooses. */
export function partsFor(operation: Operation, parts: readonly Part[]): Part[] {
  if (operation === 'detect' || operation === 'peaks') return parts.filter(({ channels }) => channels !== undefined);
  if (operation === 'identify') return [];
  return parts.filter(({ spikes, options }) => spikes !== undefined && options.dataset !== undefined);
}

/** One item, and where it is a part of its source, the word that tells it from the others. */
export interface Piece {
  item: BatchItem;
  part?: string;
}

/**
 * The items, of which those with `dataset: '*'` are replaced by one for each recording in their source. A source that is not there or
 * not known stays one item, which fails by itself.
 *
 * @throws OptionError for one with an `output`, which cannot be that of several
 */
export async function* eachPart(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  { isolate, signal }: { isolate?: boolean; signal?: AbortSignal } = {},
): AsyncGenerator<Piece> {
  let index = 0;
  for await (const item of items) {
    const option = `items[${index++}]`;
    if (item?.options?.dataset !== all) {
      yield { item };
      continue;
    }
    if (item.output !== undefined) {
      throw new OptionError(`${option}.output`, "left out beside dataset '*'", item.output, 'Give an id instead.');
    }
    const opening = pickOptions(item.options, loadOptionNames);
    const found = await identify(item.source, { ...opening, isolate, signal }).catch(() => {
      signal?.throwIfAborted();
      return [];
    });
    const operation = item.do ?? 'detect';
    const parts = found.filter((each) => fits(each, operation)).flatMap((each) => partsFor(operation, each.parts));
    if (parts.length) yield* piecesOf(item, parts);
    else yield { item };
  }
}

function piecesOf(item: BatchItem, parts: readonly Part[]): Piece[] {
  const { dataset: _, ...options } = item.options ?? {};
  const last = parts.map(({ name }) => wordOf(name.slice(name.lastIndexOf('/') + 1)));
  const short = new Set(last).size === parts.length;
  return parts.map((part, p) => ({
    item: { ...item, options: { ...options, ...part.options } },
    part: parts.length === 1 ? undefined : short ? last[p] : wordOf(part.name),
  }));
}

/** Made part of a file's name. */
const wordOf = (name: string) =>
  name
    .replace(/^\/+/, '')
    .replace(/[\p{Cc}/\\:*?"<>|\s]+/gu, '_')
    .slice(0, 60);
