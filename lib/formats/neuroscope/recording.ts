/** NeuroScope: name.dat (wide band), .fil, .lfp or .eeg, flat files that a .xml describes. */

import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { FormatError, NotFoundError, UnsupportedError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { memberPath } from '../../io/members.js';
import { checkChannelCount } from '../../recordings/channel-count.js';
import { sampleType } from '../../recordings/flat-file.js';
import { openFlatRecording } from '../../recordings/flat-recording.js';
import type { RecordingFormat, RecordPlace } from '../../recordings/recording-format.js';
import { chooseStream } from '../../recordings/streams.js';
import { chooseRate } from '../../recordings/trace-recording.js';
import { findXml, isSessionXml, readSession, type Session, sessionOf, stemAt } from './xml.js';

/** Best first: spikes are in the wide band. */
const bands = ['dat', 'fil', 'lfp', 'eeg'];
const isBand = (name: string) => bands.includes(extname(name).slice(1).toLowerCase());

export const neuroscope: RecordingFormat = {
  marks: 'name.dat, .fil, .lfp or .eeg with a .xml whose root is parameters, or their folder',
  async recognises(place, context) {
    const { path, isFolder } = place;
    if (!isFolder && /\.xml$/i.test(path)) return isSessionXml(path);
    if (!isFolder && !isBand(path)) return false;
    const folder = isFolder ? path : dirname(path);
    const found = await findXml(folder, isFolder ? undefined : stemAt(path).stem, context).catch(severalXml);
    return found !== null && (!isFolder || (await readdir(path)).some(isBand));
  },
  async open(place, context) {
    const files = await bandsAt(place, context);
    const { name, path, session } = chooseStream(files, place.path, context);
    if (!/\.(dat|fil)$/i.test(name) && context.options.dataset === undefined && place.isFolder) {
      const message = `${name} is opened, as ${place.path} holds no .dat: it is a low band (LFP), in which spikes are not`;
      context.report.warning('no-spike-band', message);
    }
    const { channels, bits, gainUv, skipped, xml } = session;
    if (bits > 16 && bits !== 32) {
      throw new UnsupportedError(
        `NeuroScope of ${bits} bits`,
        `${xml} says samples of ${bits} bits; 16 and 32 are read`,
      );
    }
    const type = sampleType(bits > 16 ? 'int32' : 'int16', 'dtype');
    await checkChannelCount(channels, type.size, { says: 'nChannels', sidecar: xml, path });
    if (skipped.length) {
      const message = `${xml} marks the channels ${skipped.slice(0, 20).join(', ')} as bad; they are read like others`;
      context.report.info('channels-marked-bad', message, skipped.length);
    }
    const columns = Array.from({ length: channels }, (_, c) => c);
    const each = (value: number) => new Float64Array(channels).fill(value);
    const flat = { path, type, width: channels, columns, byteOffset: 0, layout: 'time-channels' as const };
    const fsHz = chooseRate(rateOf(name, session), xml, context);
    const scale = gainUv ? { gainsToUv: each(gainUv), offsetsToUv: each(0) } : {};
    return openFlatRecording('neuroscope', path, { flat, fsHz, channelIds: columns, ...scale }, context);
  },
};

function severalXml(error: unknown): null {
  if (error instanceof FormatError) return null;
  throw error;
}

export function rateOf(name: string, { rates, fsHz, lfpHz, xml }: Session): number {
  const extension = extname(name).slice(1).toLowerCase();
  const known = rates.get(extension) ?? (['lfp', 'eeg'].includes(extension) ? lfpHz : fsHz);
  if (known) return known;
  const message = `${xml} must say fieldPotentials/lfpSamplingRate for ${name}, found none`;
  throw new FormatError(message, { path: xml, location: 'fieldPotentials/lfpSamplingRate' });
}

export interface Band {
  name: string;
  path: string;
  session: Session;
}

/** The flat file that was named, or those of a folder, the .xml's own first. @throws NotFoundError, FormatError */
export async function bandsAt(
  { path, isFolder }: RecordPlace,
  context: Pick<SourceContext, 'followLinks' | 'limits'>,
): Promise<Band[]> {
  if (!isFolder && isBand(path)) {
    const { folder, stem } = stemAt(path);
    return [{ name: basename(path), path, session: await sessionOf(folder, stem, context) }];
  }
  const folder = isFolder ? path : dirname(path);
  const session = isFolder ? await sessionOf(folder, undefined, context) : await readSession(path, context);
  const { stem } = stemAt(session.xml);
  const rank = (name: string) =>
    bands.indexOf(extname(name).slice(1).toLowerCase()) + (stemAt(name).stem === stem ? 0 : bands.length);
  const names = (await readdir(folder)).filter(isBand).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  if (!names.length) {
    throw new NotFoundError(`name.dat, .fil, .lfp or .eeg was expected beside ${session.xml}`, { path: folder });
  }
  const found: Band[] = [];
  for (const name of names) found.push({ name, session, path: await memberPath(folder, join(folder, name), context) });
  return found;
}
