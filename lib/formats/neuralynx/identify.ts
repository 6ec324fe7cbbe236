/** Neuralynx: each .ncs file a channel, each .nse, .nst or .ntt the spikes of an electrode; a folder of .ncs files by their rates. */
import { extname } from 'node:path';
import { type Draft, loadLines } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft, type SeenStream } from '../../loading/identify/recording-draft.js';
import { rateName } from '../../recordings/streams.js';
import { headerBytes, isNeuralynx, isNeuralynxStart, parseHeader } from './header.js';
import { readNcsHeader, recordSamples } from './ncs.js';

const loader = { function: 'loadSpikeDataFromNeuralynx', format: 'neuralynx' };
const spikes = ['.nse', '.nst', '.ntt'];
/** Of a folder so many headers are read. */
const mostFiles = 48;

export async function identifyNeuralynx(look: Look): Promise<Draft | null> {
  if (look.isFolder) return folderDraft(look);
  if (!isNeuralynxStart(look.start)) return null;
  const header = parseHeader(look.head, look.path, look.size);
  const [type, software] = [header.value('FileType'), header.value('ApplicationName') ?? header.value('CheetahRev')];
  const details = { ...(type ? { type } : {}), ...(software ? { software } : {}) };
  const extension = extname(look.name).toLowerCase();
  if (spikes.includes(extension)) return spikesDraft(look, details);
  if (extension !== '.ncs') {
    const advice = 'It holds events or a video track: samples lie in .ncs files, spikes in .nse, .nst and .ntt';
    return { format: 'neuralynx', what: 'table', readable: false, details, advice };
  }
  const { fsHz, records } = await readNcsHeader(look.path);
  const streams = records ? [{ name: look.name, channels: 1, samples: records * recordSamples, fsHz }] : [];
  return recordingDraft('neuralynx', look, streams, details);
}

function spikesDraft(look: Look, details: Record<string, string | number>): Draft {
  const parts = [{ name: look.name, options: {} }];
  return {
    format: 'neuralynx',
    what: 'sorting',
    readable: true,
    details,
    parts,
    ...loadLines(loader, look.path, parts),
  };
}

/** Rates are counted; whether files of one rate were recorded together takes more than their headers. */
async function folderDraft(look: Look): Promise<Draft | null> {
  const names = look.files.filter((name) => /\.(ncs|nse|nst|ntt)$/i.test(name));
  const [first] = names;
  if (!first || !(await isNeuralynx(look.join(first)))) return null;
  const rates = new Map<number, SeenStream>();
  const samples = names.filter((name) => /\.ncs$/i.test(name));
  for (const name of samples.slice(0, mostFiles)) {
    look.session.bytesRead += headerBytes;
    const { fsHz, records } = await readNcsHeader(look.join(name));
    // of channels that were off there is a header
    if (!records) continue;
    const seen = rates.get(fsHz);
    if (seen) seen.channels++;
    else rates.set(fsHz, { name: rateName(fsHz), channels: 1, samples: records * recordSamples, fsHz });
  }
  const streams = [...rates.values()].sort((a, b) => (b.fsHz ?? 0) - (a.fsHz ?? 0));
  if (samples.length > mostFiles && streams.length === 1) streams[0].channels = samples.length;
  const details: Record<string, number> = { files: names.length };
  const recording = recordingDraft('neuralynx', look, streams, details);
  if (samples.length === names.length) return recording;
  const units = loadLines(loader, look.path, [{ name: 'spikes', options: {} }]);
  return {
    ...recording,
    what: streams.length ? 'both' : 'sorting',
    readable: true,
    advice: null,
    parts: [{ name: 'spikes', options: {} }, ...(recording.parts ?? [])],
    code: [...units.code, ...(recording.code ?? [])],
    shell: [...units.shell, ...(recording.shell ?? [])],
  };
}
