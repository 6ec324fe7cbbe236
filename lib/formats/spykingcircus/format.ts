import type { Format } from '../format.js';
import { identifySpykingCircus } from './identify.js';
import { loadSpikeDataFromSpykingCircus, resultName, spykingCircusOptionNames } from './load.js';

export const spykingcircus = {
  name: 'spykingcircus',
  title: 'SpyKING CIRCUS',
  load: {
    what: 'a result of SpyKING CIRCUS (--fs where no .params says it)',
    function: 'loadSpikeDataFromSpykingCircus',
    load: loadSpikeDataFromSpykingCircus,
    rate: 'fsHz',
    recognises: (path: string) => resultName.test(path),
    options: Object.keys(spykingCircusOptionNames),
  },
  identify: identifySpykingCircus,
} as const satisfies Format;
