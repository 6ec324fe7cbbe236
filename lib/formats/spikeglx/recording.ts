/** SpikeGLX: name.ap.bin, .lf.bin, .nidq.bin or .obx.bin with its .meta beside it, or the folder of a run. */
import { basename, dirname } from 'node:path';
import { FormatError, NotFoundError, OptionError } from '../../core/errors.js';
import { findFiles, isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { stat } from '../../io/stat.js';
import { checkChannelCount } from '../../recordings/channel-count.js';
import { sampleType } from '../../recordings/flat-file.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import type { RecordContext, RecordingFormat } from '../../recordings/recording-format.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { metaList, metaNumber, metaNumberOr, readMeta, type SpikeGlxMeta, savedChannels } from './meta.js';
import { gainsToUv, probeLocations, type Stream } from './probe.js';

const binName = /\.(ap|lf|nidq|obx)\.bin$/;
/** Streams by what they are good for here, where a folder has several. */
const preference = ['ap', 'lf', 'obx', 'nidq'];

export const spikeglx: RecordingFormat = {
  marks: 'name.ap.bin (or .lf, .nidq, .obx) with name.ap.meta beside it, or their folder',
  async recognises({ path, isFolder }) {
    if (isFolder) return (await findFiles(path, binName, 2)).length > 0;
    return (/\.bin$/.test(path) && (await isFile(metaOf(path)))) || /\.(ap|lf|nidq|obx)\.meta$/.test(path);
  },
  async open({ path, isFolder }, context) {
    const bin = isFolder ? await chooseBin(path, context) : path.replace(/\.meta$/, '.bin');
    // a file that the user named may be a link; what lies beside it, or in the folder, is the folder's
    const root = isFolder ? path : dirname(bin);
    for (const file of [bin, metaOf(bin)]) if (file !== path) await memberPath(root, file, context);
    return openStream(bin, context);
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
  named.sort((a, b) => rank(a) - rank(b));
  const digital: string[] = [];
  while (named.length > 1 && (await isDigital(named[0]))) digital.push(basename(named.shift() as string));
  const [first, ...others] = named;
  if (digital.length) {
    report.warning(
      'stream-skipped',
      `${digital.join(', ')} of ${folder} hold digital lines only, no signal`,
      digital.length,
    );
  }
  if (others.length) {
    const names = others.map((bin) => basename(bin)).join(', ');
    report.warning(
      'several-streams',
      `${basename(first)} is opened; ${folder} also holds ${names}. Give dataset for another`,
    );
  }
  if (options.dataset === undefined && rank(first) > 0) {
    const what = rank(first) === 1 ? 'the low band (LFP), in which spikes are not' : 'inputs that are no electrodes';
    report.warning('no-spike-band', `${basename(first)} is opened, as ${folder} holds no .ap.bin: it is ${what}`);
  }
  return first;
}

/** Whether a stream that can be read holds digital lines and synchronisation words only. */
async function isDigital(bin: string): Promise<boolean> {
  if (!(await isFile(metaOf(bin)))) return false;
  const meta = await readMeta(metaOf(bin));
  const counts = metaList(meta, countsKey[streamOf(bin, meta)]);
  return counts.length > 0 && signalCount(streamOf(bin, meta), counts) === 0;
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
  await checkChannelCount(width, 2, { says: 'nSavedChans', sidecar: metaPath, path });
  const signal = signalChannels(meta, stream, width);
  const numbers = savedChannels(meta, width).slice(0, signal);
  await compareSize(path, meta, context);
  const fsHz = chooseRate(positiveRate(meta, rateKeys[stream]), metaPath, context);
  const known = {
    flat: {
      path,
      type: sampleType('int16', 'dtype'),
      width,
      columns: Array.from({ length: signal }, (_, c) => c),
      byteOffset: 0,
      layout: 'time-channels',
    } as const,
    fsHz,
    channelIds: numbers,
    gainsToUv: gainsToUv(meta, stream, numbers, context.report),
    offsetsToUv: new Float64Array(signal),
    channelLocations: stream === 'ap' || stream === 'lf' ? probeLocations(meta, signal, context.report) : null,
    startMs: startOf(meta, fsHz),
    clock: 'acquisition' as const,
  };
  return openFlatRecording('spikeglx', path, known, context);
}

/** firstSample counts since the acquisition started, in samples of the stream. */
function startOf(meta: SpikeGlxMeta, fsHz: number): number {
  return (metaNumberOr(meta, 'firstSample', metaNumberOr(meta, 'firstCtr', 0)) * 1000) / fsHz;
}

function positiveRate(meta: SpikeGlxMeta, key: string): number {
  const rate = metaNumber(meta, key);
  if (rate > 0) return rate;
  throw new FormatError(`${meta.path} must give a positive number for ${key}, found ${rate}`, { path: meta.path });
}

/** By the file's name; other names, as users give them, by what the meta says was saved. */
export function streamOf(path: string, meta: SpikeGlxMeta): Stream {
  const named = binName.exec(path)?.[1];
  if (named) return named as Stream;
  const type = meta.values.get('typeThis');
  if (type === 'nidq') return 'nidq';
  if (type === 'obx' || type === 'onebox') return 'obx';
  return metaList(meta, 'snsApLfSy')[0] === 0 ? 'lf' : 'ap';
}

/** Which key of a .meta is the rate of each kind of stream. */
export const rateKeys = { ap: 'imSampRate', lf: 'imSampRate', nidq: 'niSampRate', obx: 'obSampRate' } as const;

const countsKey = { ap: 'snsApLfSy', lf: 'snsApLfSy', nidq: 'snsMnMaXaDw', obx: 'snsXaDwSy' } as const;

/** Sync words and digital lines come last. */
function signalCount(stream: Stream, counts: readonly number[]): number {
  return stream === 'obx' ? counts[0] : counts.slice(0, -1).reduce((sum, n) => sum + n, 0);
}

/** Number of saved values that are samples of a signal. */
export function signalChannels(meta: SpikeGlxMeta, stream: Stream, width: number): number {
  const counts = metaList(meta, countsKey[stream]);
  if (!Number.isSafeInteger(width) || width < 1 || !counts.length || counts.reduce((a, b) => a + b, 0) !== width) {
    const found = `nSavedChans=${width} and ${countsKey[stream]}=${counts.join(',') || 'nothing'}`;
    throw new FormatError(
      `${meta.path} must count the same channels in nSavedChans and ${countsKey[stream]}, found ${found}`,
      { path: meta.path },
    );
  }
  const signal = signalCount(stream, counts);
  if (signal > 0) return signal;
  const message = `A stream with a signal was expected in ${meta.path}, found digital lines and synchronisation words only`;
  throw new FormatError(message, { path: meta.path });
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
