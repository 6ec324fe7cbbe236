/** SpikeGLX: name.ap.bin, .lf.bin, .nidq.bin or .obx.bin with its .meta beside it, or the folder of a run. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { FormatError, NotFoundError, OptionError } from '../errors.js';
import { openFlatRecording } from './binary.js';
import { sampleType } from './flat-file.js';
import type { RecordContext, RecordingFormat } from './format.js';
import { findFiles, isFile } from './sidecar.js';
import { metaList, metaNumber, metaNumberOr, readMeta, type SpikeGlxMeta, savedChannels } from './spikeglx-meta.js';
import { gainsToUv, probeLocations, type Stream } from './spikeglx-probe.js';
import { chooseRate } from './trace-recording.js';

const binName = /\.(ap|lf|nidq|obx)\.bin$/;
/** Streams by what they are good for here, where a folder has several. */
const preference = ['ap', 'lf', 'obx', 'nidq'];

export const spikeglx: RecordingFormat = {
  marks: 'name.ap.bin (or .lf, .nidq, .obx) with name.ap.meta beside it, or their folder',
  async recognise({ path, isFolder }) {
    if (isFolder) return (await findFiles(path, binName, 2)).length > 0;
    return (/\.bin$/.test(path) && (await isFile(metaOf(path)))) || /\.(ap|lf|nidq|obx)\.meta$/.test(path);
  },
  async open({ path, isFolder }, context) {
    return openStream(isFolder ? await chooseBin(path, context) : path.replace(/\.meta$/, '.bin'), context);
  },
};

const metaOf = (bin: string) => bin.replace(/\.bin$/, '.meta');

async function chooseBin(folder: string, { options, report }: RecordContext): Promise<string> {
  const all = await findFiles(folder, binName, 2);
  const named = all.filter((bin) => options.dataset === undefined || basename(bin).includes(options.dataset));
  if (!named.length) {
    if (all.length)
      throw new OptionError(
        'dataset',
        `part of the name of one of ${all.map((p) => basename(p)).join(', ')}`,
        options.dataset,
      );
    throw new NotFoundError(`A file .ap.bin, .lf.bin, .nidq.bin or .obx.bin was expected in ${folder}`, {
      path: folder,
    });
  }
  const rank = (bin: string) => preference.indexOf(binName.exec(bin)?.[1] ?? '');
  const [first, ...others] = named.sort((a, b) => rank(a) - rank(b));
  if (others.length) {
    const names = others.map((bin) => basename(bin)).join(', ');
    report.warning(
      'several-streams',
      `${basename(first)} is opened; ${folder} also holds ${names}. Give dataset for another`,
    );
  }
  return first;
}

async function openStream(path: string, context: RecordContext) {
  const metaPath = metaOf(path);
  if (!(await isFile(metaPath))) {
    throw new NotFoundError(`${basename(metaPath)} was expected beside ${path}: it says what the samples are`, {
      path: metaPath,
    });
  }
  const meta = await readMeta(metaPath);
  const stream = streamOf(path, meta);
  const width = metaNumber(meta, 'nSavedChans');
  const signal = signalChannels(meta, stream, width);
  const rateKey = { ap: 'imSampRate', lf: 'imSampRate', nidq: 'niSampRate', obx: 'obSampRate' }[stream];
  const numbers = savedChannels(meta, width).slice(0, signal);
  await compareSize(path, meta, context);
  const known = {
    flat: {
      path,
      type: sampleType('int16', 'dtype'),
      width,
      columns: Array.from({ length: signal }, (_, c) => c),
      byteOffset: 0,
      layout: 'time-channels',
    } as const,
    fsHz: chooseRate(positiveRate(meta, rateKey), metaPath, context),
    channelIds: numbers,
    gainsToUv: gainsToUv(meta, stream, numbers),
    offsetsToUv: new Float64Array(signal),
    channelLocations: stream === 'ap' || stream === 'lf' ? probeLocations(meta, signal) : null,
  };
  return openFlatRecording('spikeglx', path, known, context);
}

function positiveRate(meta: SpikeGlxMeta, key: string): number {
  const rate = metaNumber(meta, key);
  if (rate > 0) return rate;
  throw new FormatError(`${meta.path} must give a positive number for ${key}, found ${rate}`, { path: meta.path });
}

/** By the file's name; other names, as users give them, by what the meta says was saved. */
function streamOf(path: string, meta: SpikeGlxMeta): Stream {
  const named = binName.exec(path)?.[1];
  if (named) return named as Stream;
  const type = meta.values.get('typeThis');
  if (type === 'nidq') return 'nidq';
  if (type === 'obx' || type === 'onebox') return 'obx';
  return metaList(meta, 'snsApLfSy')[0] === 0 ? 'lf' : 'ap';
}

/** Saved values that are samples of a signal; the others, sync words and digital lines, come last. */
function signalChannels(meta: SpikeGlxMeta, stream: Stream, width: number): number {
  const key = { ap: 'snsApLfSy', lf: 'snsApLfSy', nidq: 'snsMnMaXaDw', obx: 'snsXaDwSy' }[stream];
  const counts = metaList(meta, key);
  if (!Number.isSafeInteger(width) || width < 1 || !counts.length || counts.reduce((a, b) => a + b, 0) !== width) {
    const found = `nSavedChans=${width} and ${key}=${counts.join(',') || 'nothing'}`;
    throw new FormatError(`${meta.path} must count the same channels in nSavedChans and ${key}, found ${found}`, {
      path: meta.path,
    });
  }
  const others = stream === 'obx' ? counts[1] + (counts[2] ?? 0) : (counts.at(-1) ?? 0);
  return width - others;
}

/** Files are cut to examples, and recordings are cut off: the size of the .bin counts, and it is said. */
async function compareSize(path: string, meta: SpikeGlxMeta, { report }: RecordContext): Promise<void> {
  const said = metaNumberOr(meta, 'fileSizeBytes', Number.NaN);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new NotFoundError(`${basename(path)} was expected beside ${meta.path} (${cause.code})`, { path }, { cause });
  });
  if (Number.isNaN(said) || said === found.size) return;
  report.warning(
    'size-differs',
    `${meta.path} says ${said} bytes, ${path} has ${found.size}: what there is will be read`,
  );
}
