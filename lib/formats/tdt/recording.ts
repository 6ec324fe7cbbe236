/** Tucker-Davis (TDT): a block is a folder with .tsq (a list), .tev (samples), and .sev files where stores have files of their own. */
import { dirname, extname } from 'node:path';
import { findFiles, firstBytes } from '../../io/look.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseStream } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { blockFiles, formats } from './block.js';
import { isSevStart, readSev } from './sev.js';
import { requireStore, streamsOf, type TdtStream } from './stores.js';

const listNames = /\.(tsq|tev|tbk)$/i;

export const tdt: RecordingFormat = {
  marks: 'a folder with name.tsq, name.tev or name_STORE_ChN.sev, or one of these files',
  async recognises({ path, isFolder }) {
    if (isFolder) {
      if ((await findFiles(path, /\.tsq$/i, 0)).length) return true;
      const [first] = await findFiles(path, /\.sev$/i, 0);
      return first !== undefined && isSevStart(await firstBytes(first, 0, 11));
    }
    if (extname(path).toLowerCase() === '.sev') return isSevStart(await firstBytes(path, 0, 11));
    return listNames.test(path) && (await findFiles(dirname(path), /\.tsq$/i, 0)).length > 0;
  },
  async open({ path, isFolder }, context) {
    const folder = isFolder ? path : dirname(path);
    const { streams, missing } = await streamsOf(await blockFiles(folder, context), context);
    const named = !isFolder && /\.sev$/i.test(path) ? (await readSev(path)).store : undefined;
    const options = { ...context.options, ...(named === undefined ? {} : { dataset: named }) };
    requireStore(options.dataset, missing, folder, streams.length);
    const stream = chooseStream(streams, folder, { options, report: context.report });
    const { ids, files, samples, channels, streams: lying, format, startMs } = stream;
    const { dtype } = formats[format];
    const layout = { type: sampleType(dtype, 'dtype'), samples, files, channels, streams: lying };
    // floating samples are volts by TDT's convention; what a step of whole ones is, no file says
    const floating = dtype === 'float32';
    const info = {
      ...{ format: 'tdt', path: folder, fsHz: chooseRate(stream.fsHz, folder, context), channelIds: ids, startMs },
      gainsToUv: floating ? new Float64Array(ids.length).fill(1e6) : null,
      offsetsToUv: floating ? new Float64Array(ids.length) : null,
      gaps: gapsOf(stream, folder, context),
    };
    return openLayout(layout, info, context);
  },
};

/** Times in s since 1970 have some 0.2 µs of digits: steps are compared with half a sample. */
function gapsOf({ pieces, fsHz, name }: TdtStream, folder: string, context: RecordContext) {
  if (!pieces) return [];
  const { times, samples } = pieces;
  const finder = new GapFinder(`${name} of ${folder}`, 1 / fsHz, 1000, context);
  let sample = 0;
  for (let p = 1; p < times.length; p++) {
    sample += samples[p - 1];
    const extra = times[p] - times[p - 1] - samples[p - 1] / fsHz;
    if (!(Math.abs(extra) <= 0.5 / fsHz)) finder.addGap(sample, extra);
  }
  return finder.check();
}
