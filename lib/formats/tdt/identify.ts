/** TDT blocks: their stores, as the list and the .sev files tell them. */
import type { Finding } from '../../core/findings.js';
import { stat } from '../../io/stat.js';
import { type Draft, note } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { blockFiles } from './block.js';
import { isSevStart } from './sev.js';
import { streamsOf } from './stores.js';

/** Longer lists are left to opening. */
const mostListBytes = 2 ** 19;

export async function identifyTdt(look: Look): Promise<Draft | null> {
  if (!look.isFolder) return fileDraft(look);
  const lists = look.files.filter((name) => /\.tsq$/i.test(name));
  const separate = look.files.filter((name) => /\.sev$/i.test(name));
  if (!lists.length && !separate.length) return null;
  const findings: Finding[] = [];
  const report = { info() {}, warning: (code: string, message: string) => void findings.push(note(code, message)) };
  const { followLinks, signal } = look.session;
  const block = await blockFiles(look.path, { followLinks });
  const listed = block.tsq ? (await stat(block.tsq)).size : 0;
  if (listed > mostListBytes) {
    const draft = recordingDraft('tdt', look, [{ name: 'the store of most samples', channels: 0 }], {
      rows: listed / 40,
    });
    const parts = (draft.parts ?? []).map(({ channels: _, ...part }) => part);
    return { ...draft, parts, advice: 'Its list is long: openRecording names the stores' };
  }
  look.session.bytesRead += listed + 40 * separate.length;
  const { streams, missing } = await streamsOf(block, { report, signal });
  for (const name of missing) findings.push(note('samples-missing', `The samples of ${name} are not in the folder`));
  const seen = streams.map(({ name, ids, samples, fsHz }) => ({ name, channels: ids.length, samples, fsHz }));
  return { ...recordingDraft('tdt', look, seen, { stores: streams.length }), findings };
}

/** A file of a block belongs to its folder. */
function fileDraft(look: Look): Draft | null {
  if (!isSevStart(look.start) && !/\.(tsq|tev|tbk|tdx|tnt)$/i.test(look.name)) return null;
  const readable = /\.(sev|tsq|tev)$/i.test(look.name);
  const draft = recordingDraft('tdt', look, [{ name: look.name, channels: 0 }], {});
  const parts = (draft.parts ?? []).map(({ channels: _, ...part }) => part);
  const advice = 'It is a part of a block of TDT: copy it with the .tsq and .tev beside it, and open their folder';
  return readable ? { ...draft, parts } : { format: 'tdt', what: 'recording', readable, details: {}, advice };
}
