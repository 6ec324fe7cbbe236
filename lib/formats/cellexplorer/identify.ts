/** CellExplorer by the name of its files, and by what they are. */
import { isMat5Start } from '../../containers/matlab/mat5.js';
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { cellinfoName } from './load.js';

const loader = { function: 'loadSpikeDataFromCellExplorer', format: 'cellexplorer' };

export async function identifyCellExplorer(look: Look): Promise<Draft | null> {
  if (look.isFolder || !/\.cellinfo\.mat$/i.test(look.name)) return null;
  const file = await look.hdf5();
  if (!file && !isMat5Start(look.start)) return null;
  const details = { version: file ? 'MAT 7.3' : 'MAT 5' };
  if (!cellinfoName.test(look.name)) {
    const advice = 'It is a table of CellExplorer: spike times are in basename.spikes.cellinfo.mat';
    return { format: 'cellexplorer', what: 'table', readable: false, details, advice };
  }
  const times = file && (await file.has('/spikes/times')) ? await file.describeDataset('/spikes/times') : null;
  const units = times?.dtype.class === 'reference' ? { units: times.size } : {};
  const parts: Part[] = [{ name: 'spikes', options: {}, ...units }];
  return {
    format: 'cellexplorer',
    what: 'sorting',
    readable: true,
    details,
    parts,
    ...loadLines(loader, look.path, parts),
  };
}
