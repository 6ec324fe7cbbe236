/** Intan's files and folders: each kind of signal is a stream. */

import type { Finding } from '../../core/findings.js';
import { type Draft, note } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { findIntan, singleName } from './files.js';
import { isMagic, kindOfFile } from './recording.js';

export async function identifyIntan(look: Look): Promise<Draft | null> {
  const named = look.isFolder
    ? look.files.some((name) => singleName.test(name))
    : isMagic(look.head) || kindOfFile(look.name) !== undefined;
  if (!named) return null;
  if (!look.isFolder && !isMagic(look.head)) {
    const beside = await look.text(look.beside('info.rhd'), 4);
    if (!beside && !(await look.text(look.beside('info.rhs'), 4))) return null;
  }
  const findings: Finding[] = [];
  const report = {
    info: () => {},
    warning: (code: string, message: string) => void findings.push(note(code, message)),
  };
  const { header, streams } = await findIntan(look, { followLinks: look.session.followLinks, report });
  look.session.bytesRead += header.bytes;
  const seen = streams.map(({ name, ids, samples, fsHz }) => ({ name, channels: ids.length, samples, fsHz }));
  const details = { device: `${header.device}2000`, version: header.version };
  return { ...recordingDraft('intan', look, seen, details), findings };
}
