/** Open Ephys binary: structure.oebin, and continuous.dat of each stream in folders beside it. */

import { basename, dirname, join, resolve } from 'node:path';
import { type JsonObject, readJsonObject } from '../../containers/text/json.js';
import { FormatError, NotFoundError, OptionError } from '../../core/errors.js';
import { findFiles, isFile } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { checkChannelCount } from '../../recordings/channel-count.js';
import { sampleType } from '../../recordings/flat-file.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import type { RecordContext, RecordingFormat, RecordPlace } from '../../recordings/recording-format.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { channelsOf, gainsOf, nameIn, onlyAnalog, signalChannels } from './channels.js';
import { openEphysTimes } from './times.js';

const oebin = /^structure\.oebin$/;
/** Record Node 101/experiment1/recording1/structure.oebin */
const depth = 3;

export const openephys: RecordingFormat = {
  marks: 'structure.oebin, or a folder at most three above it',
  recognises: async (place) => (await structures(place)).length > 0,
  async open(place, context) {
    const found = await structures(place);
    if (!found.length) {
      throw new NotFoundError(`structure.oebin was expected in ${place.path} or its folders`, { path: place.path });
    }
    if (found.length > 1) {
      const list = found.slice(0, 20).map(dirname).join(', ');
      throw new OptionError('source', 'the folder of one recording', place.path, `There are ${list}`);
    }
    // a file that the user named may be a link
    if (place.isFolder) await memberPath(place.path, found[0], context);
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
  const { name, description, data } = await chooseStream(structure, streams, place, context);
  const root = place.isFolder ? place.path : dirname(structure);
  if (resolve(data) !== resolve(place.path)) await memberPath(root, data, context);
  const [width, rate] = [Number(description.num_channels), Number(description.sample_rate)];
  if (!(Number.isSafeInteger(width) && width > 0) || !(rate > 0 && Number.isFinite(rate))) {
    const found = `num_channels ${width} and sample_rate ${rate}`;
    throw new FormatError(`${structure} must describe the channels of ${name}, found ${found}`, { path: structure });
  }
  await checkChannelCount(width, 2, { says: 'num_channels', sidecar: structure, path: data });
  const fsHz = chooseRate(rate, structure, context);
  const described = describedChannels(structure, description, width, context);
  const columns = described.columns ?? Array.from({ length: width }, (_, c) => c);
  if (!columns.length) {
    throw new FormatError(`${name} of ${structure} has only synchronisation words, no signal`, { path: structure });
  }
  const flat = { path: data, type: sampleType('int16', 'dtype'), width, columns, byteOffset: 0 };
  const known = {
    fsHz,
    clock: 'acquisition' as const,
    ...described.info,
    offsetsToUv: described.info.gainsToUv && new Float64Array(columns.length),
  };
  return openFlatRecording(
    'openephys',
    data,
    { flat: { ...flat, layout: 'time-channels' }, ...known },
    context,
    (samples) => openEphysTimes(root, dirname(data), samples, fsHz, context),
  );
}

/** Channels without a description are read all the same: which of them are signals, and how large, is not known then. */
function describedChannels(structure: string, description: JsonObject, width: number, context: RecordContext) {
  const found = channelsOf(description).length;
  if (found === width) {
    const channels = signalChannels(description);
    const columns = channels.map(({ column }) => column);
    return { columns, info: { channelIds: channels.map(({ name }) => name), gainsToUv: gainsOf(channels, context) } };
  }
  const message = `${structure} describes ${found} of ${width} channels: names and gains are unknown, and synchronisation words may be among the channels`;
  context.report.warning('channels-not-described', message, width);
  return { columns: undefined, info: { channelIds: null, gainsToUv: null } };
}

async function streamsOf(structure: string, { limits }: RecordContext): Promise<Stream[]> {
  const { continuous } = await readJsonObject(structure, limits);
  if (!Array.isArray(continuous)) {
    throw new FormatError(`${structure} must list streams under continuous, found ${typeof continuous}`, {
      path: structure,
    });
  }
  return continuous.map((description: JsonObject) => {
    const name = nameIn(description?.folder_name).replace(/[/\\]+$/, '');
    if (!name || name === '..' || /[/\\\0]/.test(name)) {
      throw new FormatError(`${structure} must name a folder for each stream, found '${name}'`, { path: structure });
    }
    return { name, data: join(dirname(structure), 'continuous', name, 'continuous.dat'), description };
  });
}

/** The stream that was named or pointed at, else the first with data of the best kind. */
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
  candidates.sort((a, b) => rankOf(a) - rankOf(b));
  const there: Stream[] = [];
  for (const stream of candidates) if (await isFile(stream.data)) there.push(stream);
  const [chosen, ...others] = there;
  if (!chosen) {
    const looked = candidates.map(({ name }) => `continuous/${name}/continuous.dat`).join(', ');
    throw new NotFoundError(`Samples were expected in ${looked} beside ${structure}; none of these is there`, {
      path: structure,
    });
  }
  if (others.length) {
    const list = others.map(({ name }) => name).join(', ');
    report.warning(
      'several-streams',
      `The stream ${chosen.name} is opened; there are also ${list}. Give dataset for another`,
    );
  }
  if (wanted === undefined) tellOfLack(chosen, candidates, there, report);
  return chosen;
}

/** Spikes are in the wide or high band of electrodes; then come their low band, and inputs that are no electrodes. */
function rankOf({ name, description }: Stream): number {
  const names = channelsOf(description).map(({ channel_name }) => String(channel_name ?? ''));
  if (!names.length || onlyAnalog(description)) return 2;
  const lowBand =
    /(?<![a-z])LFP?(?![a-z])/i.test(name) || names.every((channel) => /^LFP?(?![a-z])|SYNC/i.test(channel));
  return lowBand ? 1 : 0;
}

/** What is opened in place of what a user would have looked for. */
function tellOfLack(chosen: Stream, candidates: Stream[], there: Stream[], report: RecordContext['report']): void {
  const missing = candidates.filter((stream) => !there.includes(stream) && rankOf(stream) <= rankOf(chosen));
  if (missing.length) {
    const list = missing.map(({ name }) => `continuous/${name}/continuous.dat`).join(', ');
    report.warning('samples-missing', `${list} is not there: ${chosen.name} is opened instead`, missing.length);
  }
  const rank = rankOf(chosen);
  if (rank === 0) return;
  const what = rank === 1 ? 'a low band (LFP), in which spikes are not' : 'inputs that are no electrodes';
  report.warning('no-spike-band', `${chosen.name} is opened, as nothing better has samples: it holds ${what}`);
}
