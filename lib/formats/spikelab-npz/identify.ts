/** SpikeLab's sorted .npz, by the arrays in it. */
import { zipNames } from '../../containers/zip/names.js';
import { NpzFile } from '../../containers/zip/npz.js';
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { sampleRate } from './load.js';

const loader = { function: 'loadSpikeDataFromSpikeLabSortedNpz', format: 'spikelab-npz' };

export async function identifySpikeLabNpz(look: Look): Promise<Draft | null> {
  if (!look.start.startsWith('PK\x03\x04')) return null;
  const names = await zipNames(look.path).catch((): string[] => []);
  if (!names.includes('units.npy') || !names.includes('fs.npy')) return null;
  await checkArrays(look);
  const parts: Part[] = [{ name: 'units', options: {} }];
  return { format: 'spikelab-npz', what: 'sorting', readable: true, parts, ...loadLines(loader, look.path, parts) };
}

/** Up to here the whole archive is small: what is wrong with its arrays is found out. */
const maxChecked = 2 ** 19;

/** @throws FormatError for arrays that no load would take */
async function checkArrays(look: Look): Promise<void> {
  const npz = await NpzFile.open(look.path, look.options);
  try {
    await sampleRate(npz);
    if (look.size <= maxChecked) await npz.pickle('units');
  } finally {
    npz.close();
  }
}
