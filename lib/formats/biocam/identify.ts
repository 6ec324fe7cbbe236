/** 3Brain BRW: its wells. */
import type { Draft } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { recordingDraft } from '../../loading/identify/recording-draft.js';
import { brwStreams, isBrw } from './layout.js';

export async function identifyBiocam(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (!file || !(await isBrw(file))) return null;
  const streams = await brwStreams(file, look.session);
  const seen = streams.map(({ name, ids, frames, fsHz }) => ({ name, channels: ids.length, samples: frames, fsHz }));
  const version = (await file.has('/3BRecInfo')) ? 3 : 4;
  return recordingDraft('biocam', look, seen, { version: `BRW ${version}` });
}
