/** Describes an HDF5 file in plain values and has the addon write it, atomically and off the main thread. */

import { native } from '../../addon/binding.js';
import type { Hdf5NumberType, Hdf5Values, Hdf5WriteEntry } from '../../addon/hdf5-contract.js';
import { runJob } from '../../addon/job.js';
import type { NumericArray } from '../../core/arrays.js';
import { OptionError } from '../../core/errors.js';
import { writeAtomically } from '../../io/atomic.js';

/** Numbers as they are, C-ordered; 1-D unless a shape is given. */
export function numbers(data: NumericArray, shape: readonly number[] | null = [data.length]): Hdf5Values {
  return { type: numberTypeOf(data), shape, pieces: [data] };
}

export function scalar(value: number): Hdf5Values {
  return numbers(Float64Array.of(value), null);
}

/** Booleans as h5py and hdmf store them: the enumeration FALSE, TRUE. */
export function booleans(values: readonly boolean[]): Hdf5Values {
  return { type: 'bool', shape: [values.length], pieces: [Int8Array.from(values, Number)] };
}

export function texts(values: readonly string[]): Hdf5Values {
  return { type: 'text', shape: [values.length], texts: values };
}

export function text(value: string): Hdf5Values {
  return { type: 'text', shape: null, texts: [value] };
}

export function reference(target: string): Hdf5Values {
  return { type: 'reference', shape: null, texts: [target] };
}

export function references(targets: readonly string[]): Hdf5Values {
  return { type: 'reference', shape: [targets.length], texts: targets };
}

function numberTypeOf(data: NumericArray): Hdf5NumberType {
  const name = data.constructor.name.replace(/Array$/, '').toLowerCase();
  return name.replace(/^big/, '') as Hdf5NumberType;
}

/** An HDF5 file to be. Objects may be added in any order; parents that are not named are made as plain groups. */
export class Hdf5Draft {
  readonly #objects = new Map<string, Hdf5WriteEntry>();
  readonly #attributes: Hdf5WriteEntry[] = [];

  group(path: string): this {
    return this.#add({ kind: 'group', path: cleanPath(path) });
  }

  dataset(path: string, values: Hdf5Values): this {
    return this.#add({ kind: 'dataset', path: cleanPath(path), ...checkTexts(values, path) });
  }

  has(path: string): boolean {
    return this.#objects.has(cleanPath(path));
  }

  softLink(path: string, target: string): this {
    return this.#add({ kind: 'softLink', path: cleanPath(path), target });
  }

  attribute(path: string, name: string, values: Hdf5Values): this {
    const owner = path === '/' ? path : cleanPath(path);
    this.#attributes.push({ kind: 'attribute', path: owner, name, ...checkTexts(values, `${path}@${name}`) });
    return this;
  }

  #add(entry: Hdf5WriteEntry): this {
    const found = this.#objects.get(entry.path);
    if (found && (found.kind !== 'group' || entry.kind !== 'group')) {
      throw new OptionError('path', 'free for one object', `${entry.path} for a ${found.kind} and for a ${entry.kind}`);
    }
    this.#objects.set(entry.path, entry);
    return this;
  }

  /** In the order of writing: parents first, and what refers to objects after them. */
  entries(): Hdf5WriteEntry[] {
    const depth = (entry: Hdf5WriteEntry) => entry.path.split('/').length;
    const isReference = (entry: Hdf5WriteEntry) => entry.kind === 'dataset' && entry.type === 'reference';
    const objects = [...this.#objects.values()].sort(
      (a, b) => Number(isReference(a)) - Number(isReference(b)) || depth(a) - depth(b),
    );
    for (const { path } of objects) {
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const parent = this.#objects.get(path.slice(0, end));
        if (parent && parent.kind !== 'group') {
          throw new OptionError('path', `outside ${parent.path}, which is a ${parent.kind}`, path);
        }
      }
    }
    return [...objects, ...this.#attributes];
  }

  /** Writes the file: whole or not at all. An existing file stays as it was until the new one is complete. */
  async write(path: unknown, option = 'path'): Promise<void> {
    const entries = this.entries();
    await writeAtomically(path, (temporary) => runJob(() => native().writeHdf5(temporary, entries)), option);
  }
}

/** /a/b for a/b, /a/b/ and //a//b. */
function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || path.includes('\0')) throw new OptionError('path', 'the path of an HDF5 object', path);
  return `/${parts.join('/')}`;
}

/** C strings end at NUL, so such a text could not be read back. */
function checkTexts(values: Hdf5Values, where: string): Hdf5Values {
  const bad = values.texts?.find((value) => value.includes('\0'));
  if (bad !== undefined) throw new OptionError(where, 'text without NUL characters', bad);
  return values;
}
