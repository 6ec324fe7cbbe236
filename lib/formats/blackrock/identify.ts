/** Blackrock: the streams of NSx files, and the spikes of NEV files. */
import type { Finding } from '../../core/findings.js';
import { type Draft, loadLines, note } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { isNevStart, readNevHeader } from './nev.js';
import { findBlocks, isNsxStart, readNsxHeader } from './nsx.js';

const loader = { function: 'loadSpikeDataFromBlackrock', format: 'blackrock' };

/** Files of a folder are told one by one. */
export async function identifyBlackrock(look: Look): Promise<Draft | null> {
  if (look.isFolder) return null;
  if (isNevStart(look.start)) return nevDraft(look);
  if (!isNsxStart(look.start)) return null;
  const header = await readNsxHeader(look.path);
  const findings: Finding[] = [];
  const warning = (code: string, message: string) => void findings.push(note(code, message));
  const { blocks } = await findBlocks(header, { warning });
  const samples = blocks.reduce((sum, block) => sum + block.samples, 0);
  const details = { version: `NSx ${header.version}`, ...(blocks.length > 1 ? { packets: blocks.length } : {}) };
  const stream = { name: look.name, channels: header.channels.length, samples, fsHz: header.fsHz };
  return { ...recordingDraft('blackrock', look, [stream], details), findings };
}

async function nevDraft(look: Look): Promise<Draft> {
  const { version, steps, dataStart } = await readNevHeader(look.path);
  look.session.bytesRead += dataStart;
  const parts = [{ name: look.name, options: {} }];
  const details = { version: `NEV ${version}`, electrodes: steps.size };
  return {
    format: 'blackrock',
    what: 'sorting',
    readable: true,
    details,
    parts,
    ...loadLines(loader, look.path, parts),
  };
}
