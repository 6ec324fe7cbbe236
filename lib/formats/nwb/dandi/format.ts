import type { Format } from '../../format.js';
import { loadSpikeDataFromDandi } from './load.js';

export const dandi = {
  name: 'dandi',
  title: 'DANDI',
  load: {
    what: 'an NWB asset of a dandiset, by its id',
    function: 'loadSpikeDataFromDandi',
    load: loadSpikeDataFromDandi,
    options: [
      ...['dandisetId', 'version', 'apiToken', 'apiBase', 'downloadDir'],
      ...['unitsPath', 'unitIds', 'windowMs', 'columns', 'lengthMs', 'startTimeMs', 'allowNoUnits'],
    ],
  },
} as const satisfies Format;
