import { endsIn, type Format } from '../format.js';
import { exportSpikeDataToParquet } from './export.js';

export const parquet = {
  name: 'parquet',
  title: 'Parquet tables',
  save: {
    what: 'Parquet tables for pandas, polars and DuckDB: a row a spike, and X.units.parquet beside with a row a unit',
    function: 'exportSpikeDataToParquet',
    save: exportSpikeDataToParquet,
    ending: '.parquet',
    recognises: endsIn('.parquet'),
    options: ['units', 'compression'],
  },
} as const satisfies Format;
