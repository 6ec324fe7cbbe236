/** NeuroScope's .xml: what the flat files and spikes of its session mean. Source: NeuroScope's and Klusters' manuals, and their files. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { allBelow, childAt, parseXml, type XmlElement, xmlRoot } from '../../containers/text/xml.js';
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { firstBytes } from '../../io/look.js';
import { memberPath } from '../../io/members.js';
import { fileBytes } from '../../io/small-files.js';
import { checkRate } from '../../recordings/streams.js';

export interface Session {
  xml: string;
  channels: number;
  bits: number;
  fsHz: number;
  lfpHz: number | undefined;
  /** By extension, where the file says them. */
  rates: ReadonlyMap<string, number>;
  /** µV of a step, where the file says what it needs. */
  gainUv: number | undefined;
  /** Channels that are marked as bad. */
  skipped: readonly number[];
  /** Channels of each group in which spikes were sought; .clu.1 is the first. */
  groups: readonly (readonly number[])[];
}

const mostXmlBytes = 2 ** 24;
const mostLooked = 50;

export const isSessionXml = async (path: string) => xmlRoot(await firstBytes(path, 0, 1024)) === 'parameters';
const stemOf = (name: string) => name.replace(/\.[^.]*$/, '');

/**
 * The .xml of a stem, else the only one of NeuroScope in the folder; null where there is none.
 *
 * @throws FormatError where there are several
 */
export async function findXml(
  folder: string,
  stem: string | undefined,
  context: Pick<SourceContext, 'followLinks'>,
): Promise<string | null> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.xml$/i.test(name)).sort();
  const same = names.find((name) => stemOf(name) === stem);
  const found: string[] = [];
  for (const name of same ? [same] : names.slice(0, mostLooked)) {
    const path = await memberPath(folder, join(folder, name), context);
    if (await isSessionXml(path)) found.push(path);
  }
  if (found.length > 1) {
    const list = found.map((path) => basename(path)).join(', ');
    throw new FormatError(`${folder} must have one .xml of NeuroScope, or ${stem ?? 'name'}.xml, found ${list}`, {
      path: folder,
    });
  }
  return found[0] ?? null;
}

/** @throws NotFoundError, FormatError */
export async function sessionOf(
  folder: string,
  stem: string | undefined,
  context: Pick<SourceContext, 'followLinks' | 'limits'>,
): Promise<Session> {
  const xml = await findXml(folder, stem, context);
  if (xml) return readSession(xml, context);
  const message = `A .xml of NeuroScope (root element parameters) was expected in ${folder}, found none`;
  throw new NotFoundError(message, { path: folder });
}

export async function readSession(xml: string, { limits }: Pick<SourceContext, 'limits'>): Promise<Session> {
  const root = parseXml(Buffer.from(await fileBytes(xml, mostXmlBytes)).toString('utf8'), xml, limits);
  const system = childAt(root, 'acquisitionSystem');
  const number = (name: string) => numberOf(childAt(system, name)?.text);
  const [channels, bits] = [number('nChannels') ?? Number.NaN, number('nBits') ?? 16];
  if (!Number.isInteger(channels) || channels < 1) {
    const message = `${xml} must say a number of channels in acquisitionSystem/nChannels, found ${channels}`;
    throw new FormatError(message, { path: xml, location: 'acquisitionSystem/nChannels' });
  }
  const [range, amplification] = [number('voltageRange'), number('amplification')];
  const lfp = numberOf(childAt(root, 'fieldPotentials', 'lfpSamplingRate')?.text);
  const files = childAt(root, 'files')?.children ?? [];
  const rates = files.flatMap((file): [string, number][] => {
    const rate = numberOf(childAt(file, 'samplingRate')?.text);
    const extension = childAt(file, 'extension')?.text.replace(/^\./, '').toLowerCase();
    return extension && rate && rate > 0 ? [[extension, rate]] : [];
  });
  const anatomy = allBelow(childAt(root, 'anatomicalDescription', 'channelGroups'), 'channel');
  return {
    ...{ xml, channels, bits, rates: new Map(rates) },
    fsHz: checkRate(number('samplingRate') ?? Number.NaN, xml, 'acquisitionSystem/samplingRate'),
    lfpHz: lfp && lfp > 0 ? lfp : undefined,
    gainUv: range && amplification ? (range / 2 ** bits / amplification) * 1e6 : undefined,
    skipped: anatomy.filter(({ attributes }) => attributes.get('skip') === '1').map(({ text }) => Number(text)),
    groups: groupsIn(childAt(root, 'spikeDetection', 'channelGroups')),
  };
}

function groupsIn(groups: XmlElement | undefined): number[][] {
  const children = groups?.children.filter(({ name }) => name === 'group') ?? [];
  return children.map((group) => allBelow(childAt(group, 'channels'), 'channel').map(({ text }) => Number(text)));
}

function numberOf(text: string | undefined): number | undefined {
  const value = Number(text);
  return text && Number.isFinite(value) ? value : undefined;
}

/** The folder and stem of a session, and its .xml where that is what was named. */
export function stemAt(path: string): { folder: string; stem: string } {
  const name = basename(path).replace(/\.(clu|res|fet|spk)\.\d+$/, '');
  return { folder: dirname(path), stem: name === basename(path) ? stemOf(name) : name };
}
