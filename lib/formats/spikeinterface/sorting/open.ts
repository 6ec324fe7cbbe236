/** Recognises what kind of SpikeInterface sorting lies at a path, and opens it. */
import { join } from 'node:path';
import { readJsonObject } from '../../../containers/text/json.js';
import { isZarrFolder, ZarrFolder } from '../../../containers/zarr/folder.js';
import { FormatError, NotFoundError } from '../../../core/errors.js';
import { memberPath } from '../../../io/members.js';
import { stat } from '../../../io/stat.js';
import { openFolderAnalyzer, openZarrAnalyzer } from './analyzer.js';
import { openNpzFolder, openNpzSorting } from './npz-sorting.js';
import { openNumpyFolder } from './numpy-folder.js';
import type { StoredSorting, StoredSortingOptions } from './stored-sorting.js';
import { openZarrSorting } from './zarr-sorting.js';

interface Container {
  /** What makes a folder this container: a file that must be in it. */
  marker: string;
  open(folder: string, options: StoredSortingOptions): Promise<StoredSorting>;
}

/** In the order in which they are looked for: an analyzer's folder holds a sorting's, too. */
const containers: readonly Container[] = [
  { marker: 'spikeinterface_info.json', open: openFolderAnalyzer },
  { marker: 'numpysorting_info.json', open: openNumpyFolder },
  { marker: 'sorting_cached.npz', open: openNpzFolder },
];

export async function openStoredSorting(path: string, options: StoredSortingOptions): Promise<StoredSorting> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`sorting: nothing can be read at ${path} (${cause.code})`, { path }, { cause });
  });
  if (!found.isDirectory()) return openNpzSorting(path, options);
  for (const { marker, open } of containers) {
    if (await isFile(join(path, marker))) return open(path, options);
  }
  if (await isZarrFolder(path)) return openZarr(path, options);
  throw await notASorting(path, options);
}

async function openZarr(path: string, options: StoredSortingOptions): Promise<StoredSorting> {
  return openStoredZarr(await ZarrFolder.open(path, options));
}

/** A sorting or an analyzer in an open Zarr folder. */
export async function openStoredZarr(zarr: ZarrFolder): Promise<StoredSorting> {
  const { path } = zarr;
  if (await zarr.has('sorting')) return openZarrAnalyzer(zarr);
  if (await zarr.has('unit_ids')) return openZarrSorting(zarr);
  const holds = (await zarr.children()).join(', ');
  const kind = (await zarr.has('channel_ids')) ? 'a recording' : 'another Zarr';
  throw new FormatError(`${path} must be a sorting, found ${kind} with ${holds}`, { path });
}

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function notASorting(path: string, options: StoredSortingOptions): Promise<FormatError> {
  const looked = `${containers.map(({ marker }) => marker).join(', ')}, .zattrs`;
  const info = join(path, 'si_folder.json');
  const readable = (await isFile(info)) && (await memberPath(path, info, options));
  const says = readable ? (await readJsonObject(readable, options.limits)).class : undefined;
  const found = (await isFile(join(path, 'binary.json')))
    ? 'a BinaryFolderRecording'
    : says
      ? `a ${says}`
      : 'none of them';
  return new FormatError(`${path} must be a SpikeInterface sorting: looked for ${looked}, found ${found}`, { path });
}
