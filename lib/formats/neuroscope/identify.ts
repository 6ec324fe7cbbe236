/** NeuroScope: the flat files that a .xml describes, and the clusters of its session. */
import { stat } from '../../io/stat.js';
import { type Draft, loadLines, type Part, recordingLines, span } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { bandsAt, neuroscope, rateOf } from './recording.js';
import { findXml } from './xml.js';

const loader = { function: 'loadSpikeDataFromNeuroscope', format: 'neuroscope' };
const spikeName = /\.(clu|res)\.\d+$/;

export async function identifyNeuroscope(look: Look): Promise<Draft | null> {
  const { limits, followLinks } = look.session;
  const context = { limits, followLinks };
  if (!look.isFolder && !/\.(xml|dat|fil|lfp|eeg)$/i.test(look.name) && !spikeName.test(look.name)) return null;
  if (look.isFolder && !look.files.some((name) => /\.xml$/i.test(name) || spikeName.test(name))) return null;
  const recorded = await neuroscope.recognises(look, { followLinks } as never);
  const parts = recorded ? await flatParts(look, context) : [];
  const files = look.isFolder ? look.files : spikeName.test(look.name) ? [look.name] : [];
  const shanks = files.filter((name) => /\.clu\.\d+$/.test(name)).length + (/\.res\.\d+$/.test(look.name) ? 1 : 0);
  if (!parts.length && !shanks) return null;
  const session = look.isFolder ? await findXml(look.path, undefined, context).catch(() => null) : null;
  if (session) look.session.bytesRead += (await stat(session)).size;
  const spikes: Part[] = shanks ? [{ name: 'clusters', options: {} }] : [];
  const known = session !== null || !look.isFolder;
  const lines = loadLines(loader, look.path, spikes, known ? {} : { fsHz: 20_000 });
  const recording = recordingLines(look.path, parts);
  return {
    format: 'neuroscope',
    what: shanks ? (parts.length ? 'both' : 'sorting') : 'recording',
    readable: true,
    whole: look.isFolder,
    details: shanks ? { shanks } : {},
    parts: [...spikes, ...parts],
    code: [...lines.code, ...recording.code],
    shell: [...lines.shell, ...recording.shell],
    advice: known ? null : 'No .xml says the sampling rate: 20000 in the lines is an example, put yours',
  };
}

async function flatParts(look: Look, context: Pick<Look['session'], 'limits' | 'followLinks'>): Promise<Part[]> {
  const bands = await bandsAt(look, context);
  const parts: Part[] = [];
  for (const { name, path, session } of bands) {
    const fsHz = rateOf(name, session);
    const samples = Math.floor((await stat(path)).size / (session.bits > 16 ? 4 : 2) / session.channels);
    const options = bands.length > 1 ? { dataset: name } : {};
    parts.push({ name, options, channels: session.channels, samples, fsHz, ...span(samples, fsHz) });
  }
  return parts;
}
