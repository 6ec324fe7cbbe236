/** Items as checked work: what is not given filled in, names that are told apart, outputs that stay in their folder. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { nonNegative, oneOf, text } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import { exporters } from '../formats/table.js';
import { type BatchItem, type Operation, operations, type Work } from './contract.js';
import { eachPart } from './parts.js';

const itemNames: OptionNames<BatchItem> = {
  source: true,
  id: true,
  do: true,
  format: true,
  options: true,
  output: true,
  cost: true,
};

/** Bytes of a name: file systems take 255, and endings of records and temporary files come behind it. */
const longestId = 180;

/** JSON with sorted keys: equal for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

export const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex');

/**
 * @param items in the order given; `reading` is how sources are looked into whose recordings are not named
 * @throws OptionError that names the item: for what is no item, two of one id, and two that would write one file
 */
export async function workOf(
  items: Iterable<BatchItem> | AsyncIterable<BatchItem>,
  reading: { isolate?: boolean; signal?: AbortSignal } = {},
): Promise<Work[]> {
  const drafts: Draft[] = [];
  for await (const { item, part } of eachPart(items, reading)) {
    const option = `items[${drafts.length}]`;
    const draft = checked(item, option);
    const { id, name } = draft;
    const more =
      part === undefined ? {} : { id: id && checkedId(`${id}-${part}`, `${option}.id`), name: `${name}-${part}` };
    drafts.push({ ...draft, ...more });
  }
  const plain = new Map<string, number>();
  for (const { id, name } of drafts) plain.set(id ?? name, (plain.get(id ?? name) ?? 0) + 1);
  const work = drafts.map((draft): Work => {
    const { id, name, ending, output, cost, ...rest } = draft;
    const chosen = id ?? (plain.get(name) === 1 ? name : `${name}-${digestOf({ ...rest, output }).slice(0, 8)}`);
    return { ...rest, id: chosen, cost, output: output ?? `${chosen}${ending}` };
  });
  refuseCollisions(work);
  return work;
}

interface Draft extends Omit<Work, 'id' | 'output'> {
  id: string | undefined;
  /** What it is called where no id is given, and no other is called so. */
  name: string;
  output: string | undefined;
  ending: string;
}

function checked(given: BatchItem, option: string): Draft {
  const item = knownOptions(given, itemNames, 'an item of a batch', option);
  const source = sourceText(item.source, `${option}.source`);
  const operation = oneOf(item.do ?? 'detect', `${option}.do`, operations);
  const { format, ending } = formatOf(operation, item.format, `${option}.format`);
  const { options = {} } = item;
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new OptionError(`${option}.options`, 'an object', options);
  }
  const id = item.id === undefined ? undefined : checkedId(item.id, `${option}.id`);
  const output = item.output === undefined ? undefined : checkedOutput(item.output, `${option}.output`);
  return {
    source,
    do: operation,
    format,
    ending,
    options: plain(options, `${option}.options`),
    id,
    output,
    cost: item.cost === undefined ? undefined : nonNegative(item.cost, `${option}.cost`),
    name: nameOf(source),
  };
}

function sourceText(source: unknown, option: string): string {
  if (source instanceof URL) return source.href;
  return text(source, option);
}

/** Options reach another process as JSON: what JSON has not is an error here, not undefined there. */
function plain(options: Record<string, unknown>, option: string): Record<string, unknown> {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !isJson(value)) {
      throw new OptionError(`${option}.${name}`, 'a number, text, true, false, or a list or object of them', value);
    }
    if (['isolate', 'signal', 'onProgress', 'onWarning', 'findings', 'threads'].includes(name)) {
      throw new OptionError(`${option}.${name}`, 'left out', value, 'The batch decides it for all items.');
    }
  }
  return JSON.parse(JSON.stringify(options));
}

function isJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  } catch {
    return false;
  }
}

function formatOf(operation: Operation, format: unknown, option: string): { format: string; ending: string } {
  const names = formatsOf(operation);
  const name = oneOf(format ?? names[0], option, names);
  return { format: name, ending: endingOf(name) };
}

/** What an operation writes, its default first. */
export function formatsOf(operation: Operation): readonly string[] {
  if (operation === 'identify') return ['json'];
  if (operation === 'plot') return ['svg', 'png'];
  if (operation === 'view') return ['html'];
  return ['parquet', 'json', ...exporters.map(({ name }) => name).filter((name) => name !== 'parquet')];
}

/** What the name of an output in a format ends in; '' of a folder. */
export const endingOf = (format: string): string =>
  exporters.find(({ name }) => name === format)?.ending ?? `.${format}`;

/** Letters of any script, digits and marks that mean nothing to a file system. */
const isName = (name: string) =>
  !/[\p{Cc}/\\]/u.test(name) && !/^[.\s-]|[.\s]$/.test(name) && Buffer.byteLength(name) <= longestId;

function checkedId(id: unknown, option: string): string {
  const name = text(id, option);
  const rule = `a file name of at most ${longestId} bytes without slashes that begins with no dot, dash or space`;
  if (!isName(name)) throw new OptionError(option, rule, name);
  return name;
}

function checkedOutput(output: unknown, option: string): string {
  const path = posix.normalize(text(output, option));
  const parts = path.split('/');
  if (posix.isAbsolute(path) || !parts.every(isName) || path === 'results.jsonl') {
    throw new OptionError(option, 'a path within out, without .. and hidden names', output);
  }
  return path;
}

/** The last part of the path without its ending, made a file name. */
function nameOf(source: string): string {
  const path = source.replace(/[?#].*$/, source.includes('://') ? '' : '$&').replace(/[/\\]+$/, '');
  const last = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const stem = last.replace(/(?<=.)\.(gz|zip)$/i, '').replace(/(?<=.)\.[^.]*$/, '');
  const safe = [...stem.replace(/[\p{Cc}/\\:*?"<>|]/gu, '_').replace(/^[.\s-]+|[.\s]+$/g, '')].slice(0, 40).join('');
  return safe || 'item';
}

/** Tables have a second file of units beside them. */
function filesOf({ output }: Work): string[] {
  const ending = posix.extname(output);
  return [output, `${output.slice(0, output.length - ending.length)}.units${ending}`];
}

function refuseCollisions(work: readonly Work[]): void {
  const ids = new Map<string, number>();
  const outputs = new Map<string, number>();
  work.forEach((item, i) => {
    // file systems of macOS and Windows do not tell capitals apart
    const folded = item.id.toLowerCase();
    const twin = ids.get(folded);
    if (twin !== undefined) {
      throw new OptionError(
        `items[${i}].id`,
        `unlike that of items[${twin}]`,
        item.id,
        'An item stands in a list once.',
      );
    }
    ids.set(folded, i);
    for (const file of filesOf(item).map((name) => name.toLowerCase())) {
      const other = outputs.get(file);
      if (other !== undefined) {
        throw new OptionError(
          `items[${i}].output`,
          `no file of items[${other}]`,
          item.output,
          'Give one of them another id.',
        );
      }
      outputs.set(file, i);
    }
  });
}
