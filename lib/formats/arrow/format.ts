import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToArrow } from './export.js';

export const arrow = {
  name: 'arrow',
  title: 'Arrow IPC files (Feather)',
  save: {
    what: 'Arrow tables that can be mapped into memory: a row a spike, and X.units.arrow beside with a row a unit',
    function: 'exportSpikeDataToArrow',
    save: exportSpikeDataToArrow,
    ending: '.arrow',
    recognises: endsIn('.arrow', '.feather'),
    options: ['units'],
  },
} as const satisfies Format;
