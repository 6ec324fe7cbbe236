/** Everything that an HDF5 file holds, read as what it is: more of it than any loader asks for. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type LoadOptions, SpikeLabError } from 'spikelab';

/** What was read, in the order of the tree. */
export class Walked {
  readonly values: unknown[] = [];
}

/** The part of lib/containers/hdf5/file.ts that is used here: it is no public export. */
interface Container {
  walk(): Promise<{ name: string; kind: string; target?: string }[]>;
  attributes(path: string): Promise<unknown>;
  describe(path: string): Promise<{ kind: string }>;
  read(path: string): Promise<unknown>;
  readStrings(path: string): Promise<unknown>;
  readReferences(path: string): Promise<unknown>;
  readRegions(path: string): Promise<unknown>;
  readCompound(path: string): Promise<unknown>;
  close(): void;
}
type Open = (path: string, options: Pick<LoadOptions, 'limits' | 'signal'>) => Promise<Container>;

const ways = ['read', 'readStrings', 'readReferences', 'readRegions', 'readCompound'] as const;

/** A module of the package that is no public export. */
export function compiled(module: string): Promise<unknown> {
  const entry = createRequire(import.meta.url)
    .resolve('spikelab')
    .replace(/cjs\/index\.js$/, 'index.js');
  return import(new URL(module, pathToFileURL(entry)).href);
}

export async function walkHdf5(path: string, { limits }: LoadOptions): Promise<Walked> {
  const { openHdf5 } = (await compiled('containers/hdf5/file.js')) as { openHdf5: Open };
  const out = new Walked();
  const file = await openHdf5(path, { limits });
  const keep = async (read: Promise<unknown>) => out.values.push(await read.catch(said));
  try {
    const entries = await file.walk();
    for (const { name, kind, target } of [{ name: '/', kind: 'group' }, ...entries] as typeof entries) {
      out.values.push(name, kind, target);
      if (kind.endsWith('link')) continue;
      await keep(file.attributes(name));
      if (kind !== 'dataset') continue;
      await keep(file.describe(name));
      for (const way of ways) await keep(file[way](name));
    }
  } finally {
    file.close();
  }
  return out;
}

/** The package's own errors are answers, too; all others go on. */
export function said(error: unknown): string {
  if (error instanceof SpikeLabError) return `${error.name}: ${error.message}`;
  throw error;
}
