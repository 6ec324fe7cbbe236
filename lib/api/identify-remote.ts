/** What lies at a URL: a file is looked at where it lies (HDF5) or fetched; of a prefix only the names are read, and params.py. */
import { readFile } from 'node:fs/promises';
import { isHdf5Head } from '../containers/hdf5/signature.js';
import { NotFoundError } from '../core/errors.js';
import { sampleRateIn } from '../formats/kilosort/sample-rate.js';
import type { SourceContext, SourceFolder } from '../io/context.js';
import { localFolder } from '../io/folder.js';
import type { RemoteFile } from '../io/ranges/remote-file.js';
import { isS3Url } from '../io/s3/url.js';
import { type Draft, loadLines } from '../loading/identify/identification.js';

/** Names that advice lists. */
const maxNamed = 5;

/**
 * The object, open for ranges where it is HDF5, else its local copy; or what the prefix is.
 *
 * @throws NotFoundError where neither an object nor a prefix is there
 */
export async function lookedAtOrPrefix(url: string, context: SourceContext): Promise<RemoteFile | string | Draft> {
  try {
    const file = await context.remoteFile(url);
    return file && isHdf5Head(file.head) ? file : await context.localFile(url);
  } catch (error) {
    if (!(error instanceof NotFoundError) || !isS3Url(url)) throw error;
    const folder = await localFolder(url, 'source', context).catch(() => {
      throw error;
    });
    return prefixDraft(url.trim().replace(/\/+$/, ''), folder);
  }
}

async function prefixDraft(path: string, folder: SourceFolder): Promise<Draft> {
  const names = await folder.list();
  const whole = { path, whole: true, details: { files: names.length } };
  if (names.includes('spike_times.npy')) return { ...whole, ...(await sortingDraft(path, folder)) };
  const listed = names.slice(0, maxNamed).join(', ') + (names.length > maxNamed ? ' …' : '');
  const advice = names.length
    ? `Name one of its objects: ${listed}`
    : 'Name an object below it: there is none directly in it';
  return { ...whole, format: 'folder', what: 'unknown', readable: false, advice };
}

async function sortingDraft(path: string, folder: SourceFolder): Promise<Draft> {
  const params = (await folder.has('params.py')) ? await readFile(await folder.file('params.py'), 'utf8') : '';
  const fsHz = sampleRateIn(params);
  const part = { name: 'spike_times.npy', options: fsHz ? { fsHz } : {}, ...(fsHz ? { fsHz } : {}) };
  const loader = { function: 'loadSpikeDataFromKilosort', format: 'kilosort' };
  const advice = fsHz ? null : 'fsHz is an example: no sampling rate is beside it';
  const lines = loadLines(loader, path, [part], fsHz ? {} : { fsHz: 30_000 });
  return { format: 'kilosort', what: 'sorting', readable: true, parts: [part], ...lines, advice };
}
