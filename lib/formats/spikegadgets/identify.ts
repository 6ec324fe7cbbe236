/** SpikeGadgets: what the configuration says. */
import type { Draft } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { isRecStart, readRecHeader } from './header.js';

export async function identifySpikeGadgets(look: Look): Promise<Draft | null> {
  if (look.isFolder || !isRecStart(look.start)) return null;
  const { dataStart, packetBytes, channels, fsHz, size } = await readRecHeader(look.path, look.session);
  look.session.bytesRead += dataStart;
  const samples = Math.floor((size - dataStart) / packetBytes);
  const streams = samples ? [{ name: look.name, channels, samples, fsHz }] : [];
  return recordingDraft('spikegadgets', look, streams, { packet: packetBytes });
}
