/** Encodes in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { ParquetEncoding, type ParquetJob, type ParquetRequest } from './encoding.js';

const encoding = new ParquetEncoding(workerData as ParquetJob);

parentPort?.on('message', (request: ParquetRequest) => {
  const bytes = encoding.answer(request);
  parentPort?.postMessage(bytes, [bytes.buffer]);
});
