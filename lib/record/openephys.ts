/** Open Ephys binary: structure.oebin, and continuous.dat of each stream in folders beside it. */
import { basename, dirname, join } from 'node:path';
import { FormatError, NotFoundError, OptionError } from '../errors.js';
import { type JsonObject, readJsonObject } from '../format/json.js';
import { openFlatRecording } from './binary.js';
import { sampleType } from './flat-file.js';
import type { RecordContext, RecordingFormat, RecordPlace } from './format.js';
import { checkOpenEphysTimes } from './openephys-times.js';
import { findFiles, isFile } from './sidecar.js';
import { chooseRate } from './trace-recording.js';

const oebin = /^structure\.oebin$/;
/** Record Node 101/experiment1/recording1/structure.oebin */
const depth = 3;

export const openephys: RecordingFormat = {
  marks: 'structure.oebin, or a folder at most three above it',
  recognise: async (place) => (await structures(place)).length > 0,
  async open(place, context) {
    const found = await structures(place);
    if (!found.length) {
      throw new NotFoundError(`structure.oebin was expected in ${place.path} or its folders`, { path: place.path });
    }
    if (found.length > 1) {
      const list = found.slice(0, 20).map(dirname).join(', ');
      throw new OptionError('source', 'the folder of one recording', place.path, `There are ${list}`);
    }
    return openRecordingFolder(found[0], place, context);
  },
};

async function structures({ path, isFolder }: RecordPlace): Promise<string[]> {
  if (isFolder) return findFiles(path, oebin, depth);
  if (oebin.test(basename(path))) return [path];
  // a stream's file by itself: continuous/<stream>/continuous.dat
  const above = join(dirname(path), '..', '..', 'structure.oebin');
  return basename(path) === 'continuous.dat' && (await isFile(above)) ? [above] : [];
}

interface Stream {
  name: string;
  data: string;
  description: JsonObject;
}

async function openRecordingFolder(structure: string, place: RecordPlace, context: RecordContext) {
  const streams = await streamsOf(structure, context);
  const stream = await chooseStream(structure, streams, place, context);
  const { description, data } = stream;
  const channels = channelsOf(description);
  const [width, rate] = [Number(description.num_channels), Number(description.sample_rate)];
  if (!(width === channels.length && width > 0) || !(rate > 0 && Number.isFinite(rate))) {
    const found = `num_channels ${width}, ${channels.length} channels and sample_rate ${rate}`;
    throw new FormatError(`${structure} must describe the channels of ${stream.name}, found ${found}`, {
      path: structure,
    });
  }
  const names = channels.map((channel) => String(channel.channel_name ?? ''));
  const columns = names.flatMap((name, c) => (/SYNC/i.test(name) && c === width - 1 ? [] : [c]));
  const fsHz = chooseRate(rate, structure, context);
  const known = {
    flat: {
      path: data,
      type: sampleType('int16', 'dtype'),
      width,
      columns,
      byteOffset: 0,
      layout: 'time-channels',
    } as const,
    fsHz,
    channelIds: columns.map((c) => names[c]),
    gainsToUv: gainsOf(columns.map((c) => channels[c])),
    offsetsToUv: new Float64Array(columns.length),
  };
  const recording = await openFlatRecording('openephys', data, known, context);
  await checkOpenEphysTimes(dirname(data), recording.samples, fsHz, context);
  return recording;
}

async function streamsOf(structure: string, { limits }: RecordContext): Promise<Stream[]> {
  const { continuous } = await readJsonObject(structure, limits);
  if (!Array.isArray(continuous)) {
    throw new FormatError(`${structure} must list streams under continuous, found ${typeof continuous}`, {
      path: structure,
    });
  }
  return continuous.map((description: JsonObject) => {
    const name = String(description?.folder_name ?? '').replace(/[/\\]+$/, '');
    if (!name || name === '..' || /[/\\\0]/.test(name)) {
      throw new FormatError(`${structure} must name a folder for each stream, found '${name}'`, { path: structure });
    }
    return { name, data: join(dirname(structure), 'continuous', name, 'continuous.dat'), description };
  });
}

/** The stream that was named or pointed at, else the first with data. */
async function chooseStream(
  structure: string,
  streams: Stream[],
  place: RecordPlace,
  { options, report }: RecordContext,
): Promise<Stream> {
  const pointed = basename(place.path) === 'continuous.dat' ? basename(dirname(place.path)) : undefined;
  const wanted = options.dataset ?? pointed;
  const names = streams.map(({ name }) => name);
  const candidates = streams.filter(
    ({ name, description }) => wanted === undefined || name === wanted || description.stream_name === wanted,
  );
  if (!candidates.length)
    throw new OptionError('dataset', `one of the streams ${names.join(', ') || '(none)'}`, wanted);
  const there: Stream[] = [];
  for (const stream of candidates) if (await isFile(stream.data)) there.push(stream);
  if (!there.length) {
    const looked = candidates.map(({ name }) => `continuous/${name}/continuous.dat`).join(', ');
    throw new NotFoundError(`Samples were expected in ${looked} beside ${structure}; none of these is there`, {
      path: structure,
    });
  }
  if (there.length > 1) {
    const others = there
      .slice(1)
      .map(({ name }) => name)
      .join(', ');
    report.warning(
      'several-streams',
      `The stream ${there[0].name} is opened; there are also ${others}. Give dataset for another`,
    );
  }
  return there[0];
}

function channelsOf({ channels }: JsonObject): JsonObject[] {
  return Array.isArray(channels) ? channels.map((channel) => (channel ?? {}) as JsonObject) : [];
}

/** bit_volts of headstage channels is µV; of ADC channels, V. */
function gainsOf(channels: JsonObject[]): Float64Array | null {
  const gains = channels.map(
    ({ bit_volts, channel_name }) => Number(bit_volts) * (/ADC/.test(String(channel_name)) ? 1e6 : 1),
  );
  return gains.every((gain) => Number.isFinite(gain) && gain > 0) ? Float64Array.from(gains) : null;
}
