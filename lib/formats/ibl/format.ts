import type { Format } from '../format.js';
import { loadSpikeDataFromIbl } from './load.js';

export const ibl = {
  name: 'ibl',
  title: 'International Brain Laboratory',
  load: {
    what: 'one probe of an IBL session, by eid and pid',
    function: 'loadSpikeDataFromIbl',
    load: loadSpikeDataFromIbl,
    options: ['baseUrl', 'cacheDir', 'username', 'password', 'bwmUnitsTable', 'lengthMs', 'collection'],
  },
} as const satisfies Format;
