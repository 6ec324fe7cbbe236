import type { Format } from '../format.js';
import { identifyCellExplorer } from './identify.js';
import { cellinfoName, loadSpikeDataFromCellExplorer } from './load.js';

export const cellexplorer = {
  name: 'cellexplorer',
  title: 'CellExplorer',
  load: {
    what: "CellExplorer's basename.spikes.cellinfo.mat",
    function: 'loadSpikeDataFromCellExplorer',
    load: loadSpikeDataFromCellExplorer,
    recognises: (path: string) => cellinfoName.test(path),
    options: [],
  },
  identify: identifyCellExplorer,
} as const satisfies Format;
