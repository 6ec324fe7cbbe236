/**
 * Intan RHD2000 and RHS2000: single files (.rhd, .rhs; several in a folder are the minutes of one recording), and folders with
 * info.rhd or info.rhs beside one file a kind of signal or one a channel.
 */
import { basename, dirname, join } from 'node:path';
import { UnsupportedError } from '../../core/errors.js';
import { findFiles, firstBytes, isFile } from '../../io/look.js';
import { withPartFile } from '../../io/part-file.js';
import { countersAt, findJumps } from '../../recordings/counters.js';
import { sampleType } from '../../recordings/flat-file.js';
import { GapFinder } from '../../recordings/gaps.js';
import { openLayout } from '../../recordings/layout-recording.js';
import type { RecordContext, RecordingFormat, RecordPlace } from '../../recordings/recording-format.js';
import { chooseStream } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { findIntan, type IntanFiles, singleName } from './files.js';
import { magics } from './header.js';
import { scaleOf } from './scale.js';
import { type IntanStream, kindOrder } from './streams.js';

export const isMagic = (bytes: Buffer) =>
  bytes.length >= 4 && (Object.values(magics) as number[]).includes(bytes.readUInt32LE(0));
const headed = async (path: string) => isMagic(Buffer.from(await firstBytes(path, 0, 4), 'latin1'));

/** A file of samples beside info.rhd, with the kind that it says. */
export function kindOfFile(path: string): (typeof kindOrder)[number] | undefined {
  const name = basename(path).toLowerCase();
  const whole = kindOrder.find((kind) => name === `${kind}.dat`);
  if (whole || !name.endsWith('.dat')) return whole;
  return name.startsWith('amp-') ? 'amplifier' : undefined;
}

export const intan: RecordingFormat = {
  marks: 'name.rhd or name.rhs, their folder, or a folder with info.rhd or info.rhs',
  async recognises({ path, isFolder }) {
    if (!isFolder) return (await headed(path)) || (kindOfFile(path) !== undefined && (await hasInfo(dirname(path))));
    if (await hasInfo(path)) return true;
    const [first] = await findFiles(path, singleName, 0);
    return first !== undefined && headed(first);
  },
  async open(place, context) {
    const found = await findIntan(place, context);
    const stream = chooseStream(found.streams, place.path, withKind(place, context));
    if (context.options.dataset === undefined && !['amplifier', 'dcamplifier'].includes(stream.name)) {
      const message = `${stream.name} is opened, as ${place.path} has no samples of amplifiers: it holds no spikes`;
      context.report.warning('no-spike-band', message);
    }
    const { header } = found;
    const fsHz = chooseRate(stream.fsHz, header.path, context);
    const clock = await clockOf(found, stream, context);
    const scale = scaleOf(stream.name, header, stream.dtype === 'int16');
    const each = (value: number) => new Float64Array(stream.ids.length).fill(value);
    const { files, samples, channels, streams } = stream;
    return openLayout(
      { type: sampleType(stream.dtype, 'dtype'), samples, files, channels, streams },
      {
        format: 'intan',
        path: place.path,
        fsHz,
        channelIds: stream.ids,
        gainsToUv: scale && each(scale.gain),
        offsetsToUv: scale && each(scale.offset),
        ...clock,
      },
      context,
    );
  },
};

async function hasInfo(folder: string): Promise<boolean> {
  return (await isFile(join(folder, 'info.rhd'))) || isFile(join(folder, 'info.rhs'));
}

/** A file of samples that is pointed at names its kind itself. */
function withKind({ path, isFolder }: RecordPlace, { options, report }: RecordContext) {
  const kind = isFolder ? undefined : kindOfFile(path);
  return { options: kind && options.dataset === undefined ? { ...options, dataset: kind } : options, report };
}

/** Timestamps count samples: any other step than 1 is lost data. Those behind the stream's last sample are of no account. */
async function clockOf({ header, times }: IntanFiles, stream: IntanStream, context: RecordContext) {
  const { files, blockBytes, unsigned } = times;
  if (!files.length) return {};
  // samples of this stream for one of the amplifiers
  const share = stream.fsHz / header.fsHz;
  const n = header.blockSamples;
  const finder = new GapFinder(header.path, 1, 1000 / header.fsHz, context);
  let [start, samples, last] = [0, 0, Number.NaN];
  // a file that was only begun has a header and no block
  for (const file of files.filter(({ samples: some }) => some > 0)) {
    await withPartFile(file.path, async (open) => {
      const counters = {
        ...{ file: open, start: file.start, bytes: 4 },
        ...(blockBytes ? { stride: blockBytes, perRecord: n } : { stride: 4 }),
        count: Math.min(file.samples, Math.max(1, stream.samples / share - samples)),
        value: (bytes: Buffer, at: number) => (unsigned ? bytes.readUInt32LE(at) : bytes.readInt32LE(at)),
      };
      const [first, end] = await countersAt(counters, Float64Array.of(0, file.samples - 1), context.signal);
      if (samples === 0) start = first;
      else if (first - last !== 1) finder.addGap(samples, first - last - 1);
      await findJumps(counters, 1, finder, { samples, signal: context.signal });
      last = end;
      samples += file.samples;
    });
  }
  const gaps = finder.check().map((gap) => ({ ...gap, sample: gap.sample * share, missing: gap.missing * share }));
  if (gaps.some(({ sample }) => !Number.isInteger(sample))) {
    const message = `${header.path} has gaps within the samples of a slower stream: open the amplifiers, which have them in their places`;
    throw new UnsupportedError('gaps in a slower stream', message);
  }
  return { startMs: (start * 1000) / header.fsHz, gaps };
}
