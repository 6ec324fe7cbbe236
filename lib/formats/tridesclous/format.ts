import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Format, isFolder } from '../format.js';
import { identifyTridesclous } from './identify.js';
import { loadSpikeDataFromTridesclous, tridesclousOptionNames } from './load.js';

export const tridesclous = {
  name: 'tridesclous',
  title: 'tridesclous',
  load: {
    what: 'a folder of tridesclous',
    function: 'loadSpikeDataFromTridesclous',
    load: loadSpikeDataFromTridesclous,
    recognises: (path: string) =>
      isFolder(path) &&
      existsSync(join(path, 'info.json')) &&
      readdirSync(path).some((name) => /^channel_group_\d+$/.test(name)),
    options: Object.keys(tridesclousOptionNames),
  },
  identify: identifyTridesclous,
} as const satisfies Format;
