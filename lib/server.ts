/** `spikelab/server`: what programs that do the work of others need besides the library. */
export { operations } from './batch/contract.js';
export { endingOf, formatsOf, type ItemTerms, ItemWorker, outputOf } from './batch/item-worker.js';
export { loadOptionNames } from './core/options.js';
export { formats } from './formats/table.js';
export { safeFileName } from './io/temporary.js';
