/** Reads HDF5 files with h5wasm: another build of another version of libhdf5, so what it reads is not our own opinion. */
import h5wasm, { type Dataset, type File, type Group, type Reference } from 'h5wasm/node';

export type { File } from 'h5wasm/node';

export async function openHdf5(path: string, mode: 'r' | 'w' = 'r'): Promise<File> {
  await h5wasm.ready;
  return new h5wasm.File(path, mode);
}

export function objectAt(file: File, path: string): Group | Dataset {
  const found = path === '/' ? file : file.get(path);
  if (found instanceof h5wasm.Group || found instanceof h5wasm.Dataset) return found;
  throw new Error(`${path} is neither a group nor a dataset: ${String(found)}`);
}

export function datasetAt(file: File, path: string): Dataset {
  const found = objectAt(file, path);
  if (found instanceof h5wasm.Dataset) return found;
  throw new Error(`${path} is no dataset`);
}

export function namesIn(file: File, path: string): string[] {
  const found = objectAt(file, path);
  return found instanceof h5wasm.Group ? found.keys() : [];
}

/** Values as plain numbers, strings and booleans. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as unknown[], plain);
  return value;
}

export function valuesOf(file: File, path: string): unknown {
  return plain(datasetAt(file, path).value);
}

export function attributesOf(file: File, path: string): Record<string, unknown> {
  const { attrs } = objectAt(file, path);
  return Object.fromEntries(Object.entries(attrs).map(([name, attribute]) => [name, plain(attribute.value)]));
}

/** Path of the object that a reference points at. */
export function referredPath(file: File, reference: unknown): string {
  // a scalar reference comes as a list of one
  const found: unknown = file.dereference((Array.isArray(reference) ? reference[0] : reference) as Reference);
  if (found instanceof h5wasm.Group || found instanceof h5wasm.Dataset) return found.path;
  throw new Error(`the reference leads to ${String(found)}`);
}
