/** Open Ephys binary by structure.oebin: each stream of one recording. */
import { dirname, join } from 'node:path';
import { NpyFile } from '../../containers/npy/file.js';
import { maxHeaderBytes } from '../../containers/npy/header.js';
import type { JsonObject } from '../../containers/text/json.js';
import { isFile } from '../../io/look.js';
import { stat } from '../../io/stat.js';
import { type Draft, gapsIn, note, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { nameIn, signalChannels } from './channels.js';

const structureFile = 'structure.oebin';

export async function identifyOpenEphys(look: Look): Promise<Draft | null> {
  const structure = structureOf(look);
  if (structure === null) return null;
  if (!(await isFile(structure))) return null;
  const root = await look.json(structure);
  const streams = Array.isArray(root.continuous) ? (root.continuous as JsonObject[]) : [];
  const findings = [];
  const parts: Part[] = [];
  const folder = dirname(structure);
  for (const stream of streams) {
    const name = nameIn(stream?.folder_name).replace(/[/\\]+$/, '');
    const found = await stat(join(folder, 'continuous', name, 'continuous.dat')).catch(() => undefined);
    if (!found?.isFile()) findings.push(note('samples-missing', `continuous/${name}/continuous.dat is not there`));
    else
      parts.push({
        ...partOf(name, found.size, stream),
        ...(await clockSpan(look, join(folder, 'continuous', name), stream)),
      });
  }
  for (const part of parts) if (parts.length > 1 || streams.length > 1) part.options = { dataset: part.name };
  if (Array.isArray(root.spikes) && root.spikes.length) {
    const message =
      'spikes/ holds spikes that Open Ephys detected while it recorded: they are not read, detectSpikes finds them anew';
    findings.push(note('online-spikes', message, 'info'));
  }
  const gaps = gapsIn(parts);
  const version = root['GUI version'];
  return {
    format: 'openephys',
    what: 'recording',
    readable: parts.length > 0,
    path: folder,
    whole: true,
    details: typeof version === 'string' ? { software: `Open Ephys ${version}` } : {},
    parts,
    findings: [...findings, ...gaps.findings],
    advice: parts.length
      ? null
      : `Copy continuous/ with its continuous.dat beside ${structureFile}: it holds the samples`,
    ...recordingLines(folder, parts, gaps.options),
  };
}

function structureOf(look: Look): string | null {
  if (look.isFolder) return look.has(structureFile) ? look.join(structureFile) : null;
  if (look.name === structureFile) return look.path;
  return look.name === 'continuous.dat' ? look.beside(join('..', '..', structureFile)) : null;
}

function partOf(name: string, bytes: number, stream: JsonObject): Part {
  const width = Number(stream.num_channels);
  const fsHz = Number(stream.sample_rate);
  const samples = Math.floor(bytes / (2 * width));
  const described = Array.isArray(stream.channels) && stream.channels.length === width;
  const channels = described ? signalChannels(stream).length : width;
  return { name, options: {}, channels, samples, fsHz, ...span(samples, fsHz) };
}

/** From the first and the last sample number. Floating ones are seconds, of which the numbers beside them tell the same. */
async function clockSpan(look: Look, folder: string, { sample_rate }: JsonObject): Promise<Pick<Part, 'durationMs'>> {
  for (const name of ['sample_numbers.npy', 'timestamps.npy']) {
    const file = await NpyFile.open(join(folder, name)).catch(() => null);
    if (!file) continue;
    try {
      const { count, type } = file.header;
      if (type.letter !== 'i' || count < 1) return {};
      look.session.bytesRead += maxHeaderBytes;
      const [first] = await file.readElements(0, 1);
      const [last] = await file.readElements(count - 1, count);
      return span(Number(last) - Number(first) + 1, Number(sample_rate));
    } finally {
      await file.close();
    }
  }
  return {};
}
