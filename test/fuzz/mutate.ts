/** Damages a fixture: one file of it, or some of a folder's, by mutations that know the format and by blind ones. */
import { Random } from '../prove/random.js';
import { blind } from './mutations/blind.js';
import { Hdf5Mutator } from './mutations/hdf5.js';
import { json } from './mutations/json.js';
import { type Mutation, spliced } from './mutations/mutation.js';
import { npy } from './mutations/npy.js';
import { packed } from './mutations/packed.js';
import { pickle } from './mutations/pickle.js';
import { text } from './mutations/text.js';
import { zip } from './mutations/zip.js';

/** Contents by path within the folder; a fixture that is a file has the one path ''. */
export type Files = ReadonlyMap<string, Buffer>;

/**
 * Structures are looked for once a file, not once a mutation: that takes a tenth of a second for the largest. What was damaged
 * once is damaged further by blind mutations.
 */
const mutators = new WeakMap<Buffer, Hdf5Mutator>();
const spent = new WeakSet<Buffer>();

const hdf5: Mutation = {
  name: 'hdf5',
  fits: (_, bytes) => bytes.length > 8 && bytes.subarray(1, 4).toString('latin1') === 'HDF' && !spent.has(bytes),
  mutate(bytes, random) {
    let mutator = mutators.get(bytes);
    if (!mutator) {
      mutator = new Hdf5Mutator(bytes);
      mutators.set(bytes, mutator);
    }
    const out = Buffer.from(mutator.mutate(random.seed()));
    spent.add(out);
    return out;
  },
};

const plain: readonly Mutation[] = [hdf5, npy, pickle, json, text, packed];
const inMember = (path: string, bytes: Buffer, random: Random) =>
  mutationFor(plain, path, bytes, random).mutate(bytes, random);
const knowing: readonly Mutation[] = [...plain, zip(inMember)];

function mutationFor(all: readonly Mutation[], path: string, bytes: Buffer, random: Random): Mutation {
  const fitting = all.filter(({ fits }) => fits(path, bytes));
  return fitting.length === 0 || random.chance(0.2) ? blind : random.pick(fitting);
}

/** What a mutated fixture holds, and what was done to it. */
export interface Damaged {
  readonly files: Files;
  readonly done: readonly string[];
}

/** @param name of the fixture: tells what a single file is */
export function damage(name: string, files: Files, seed: number): Damaged {
  const random = new Random(seed);
  const out = new Map(files);
  const done: string[] = [];
  for (let left = random.chance(0.7) ? 1 : random.int(2, 3); left > 0; left--) {
    const path = pickFile(out, random);
    if (path === undefined) break;
    const bytes = out.get(path) as Buffer;
    if (out.size > 1 && random.chance(0.04)) {
      done.push(`${changeFolder(out, path, random)} ${path}`);
      continue;
    }
    const mutation = mutationFor(knowing, path || name, bytes, random);
    out.set(path, mutation.mutate(bytes, random));
    done.push(`${mutation.name} ${path}`.trim());
    // a part of another file of the folder, or of the same file
    if (random.chance(0.03)) out.set(path, spliceFrom(out, path, random));
  }
  return { files: out, done };
}

/** Files that say how others are read come more often than samples. */
function pickFile(files: Files, random: Random): string | undefined {
  const paths = [...files.keys()].sort();
  const telling = paths.filter((path) => /json|oebin|meta|\.z|\.py$|\.[ct]sv$|\.npy$|\.npz$/.test(path));
  if (paths.length === 0) return undefined;
  return random.pick(telling.length > 0 && random.chance(0.7) ? telling : paths);
}

function changeFolder(files: Map<string, Buffer>, path: string, random: Random): string {
  const other = random.pick([...files.keys()].sort());
  const bytes = files.get(path) as Buffer;
  if (random.chance(0.5)) {
    files.delete(path);
    return 'deleted';
  }
  files.set(path, random.chance(0.3) ? Buffer.alloc(0) : (files.get(other) as Buffer));
  files.set(other, bytes);
  return `exchanged with ${other}:`;
}

function spliceFrom(files: Files, path: string, random: Random): Buffer {
  const to = files.get(path) as Buffer;
  const from = files.get(random.pick([...files.keys()].sort())) as Buffer;
  const at = random.int(0, to.length);
  const start = random.int(0, from.length);
  return spliced(to, at, Math.min(to.length, at + random.size(256)), from.subarray(start, start + random.size(256)));
}
