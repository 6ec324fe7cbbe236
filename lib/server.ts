/** `spikelab/server`: what programs that do the work of others need besides the library. */
export { operations } from './batch/contract.js';
export { endingOf, formatsOf, type ItemTerms, ItemWorker, outputOf } from './batch/item-worker.js';
export { sideBySide } from './batch/side-by-side.js';
export { loadOptionNames } from './core/options.js';
export { formats } from './formats/table.js';
export { S3Folder } from './io/s3/bucket.js';
export { s3Tree } from './io/s3/tree.js';
export { s3Location } from './io/s3/url.js';
export { safeFileName } from './io/temporary.js';
export { transferOf } from './io/transfer.js';
export type { RemoteTree } from './io/tree.js';
