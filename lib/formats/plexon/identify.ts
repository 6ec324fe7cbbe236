/** Plexon PLX: what its header says of continuous channels and spikes. */
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft, type SeenStream } from '../../loading/identify/recording-draft.js';
import { rateName } from '../../recordings/streams.js';
import { isPlxStart, readPlxHeader } from './header.js';

const loader = { function: 'loadSpikeDataFromPlexon', format: 'plexon' };

export async function identifyPlexon(look: Look): Promise<Draft | null> {
  if (look.isFolder || !isPlxStart(look.start)) return null;
  const { slow, spikes, version, dataStart } = await readPlxHeader(look.path);
  look.session.bytesRead += dataStart;
  const rates = new Map<number, SeenStream>();
  for (const { enabled, samples, fsHz } of slow) {
    if (!enabled || !samples) continue;
    const seen = rates.get(fsHz);
    if (seen) seen.channels++;
    else rates.set(fsHz, { name: rateName(fsHz), channels: 1, samples, fsHz });
  }
  const streams = [...rates.values()].sort((a, b) => (b.fsHz ?? 0) - (a.fsHz ?? 0));
  const recording = recordingDraft('plexon', look, streams, { version });
  const units: Part[] = spikes || !streams.length ? [{ name: 'spikes', options: {}, spikes }] : [];
  const lines = loadLines(loader, look.path, units);
  return {
    ...recording,
    what: units.length ? (streams.length ? 'both' : 'sorting') : 'recording',
    readable: true,
    advice: null,
    parts: [...units, ...(recording.parts ?? [])],
    code: [...lines.code, ...(recording.code ?? [])],
    shell: [...lines.shell, ...(recording.shell ?? [])],
  };
}
