import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToCsv } from './export.js';
import { identifyCsv } from './identify.js';
import { csvOptionNames, loadSpikeDataFromCsv } from './load.js';

export const csv = {
  name: 'csv',
  title: 'CSV, one row a spike',
  load: {
    what: 'a CSV with a column of times and one of units',
    function: 'loadSpikeDataFromCsv',
    load: loadSpikeDataFromCsv,
    rate: 'fsHz',
    recognises: endsIn('.csv'),
    options: Object.keys(csvOptionNames),
  },
  identify: identifyCsv,
  save: {
    what: 'CSV tables: a row a spike, and X.units.csv beside with a row a unit',
    function: 'exportSpikeDataToCsv',
    save: exportSpikeDataToCsv,
    ending: '.csv',
    recognises: endsIn('.csv'),
    options: ['units'],
  },
} as const satisfies Format;
