/** EDF and BDF: signals of one rate are a stream. */
import type { Finding } from '../../core/findings.js';
import { type Draft, note } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { isEdfStart, readEdfHeader } from './header.js';
import { recordsIn, streamsOf } from './recording.js';

export async function identifyEdf(look: Look): Promise<Draft | null> {
  if (look.isFolder || !isEdfStart(look.start) || look.start.slice(252, 256).trim() === '') return null;
  const header = await readEdfHeader(look.path);
  const findings: Finding[] = [];
  const warning = (code: string, message: string) => void findings.push(note(code, message));
  const records = recordsIn(header, { report: { warning } });
  const streams = streamsOf(header).map(({ name, fsHz, samples, signals }) => ({
    ...{ name, fsHz, channels: signals.length, samples: samples * records },
  }));
  return { ...recordingDraft('edf', look, streams, { version: header.variant, records }), findings };
}
