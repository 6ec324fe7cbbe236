/** Klusta's .kwik by its version attribute. */
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';

const loader = { function: 'loadSpikeDataFromKlusta', format: 'klusta' };

export async function identifyKlusta(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (!file) return null;
  const root = await file.attributes('/');
  if (!('kwik_version' in root) || !(await file.has('/channel_groups'))) return null;
  let [spikes, groups] = [0, 0];
  for (const { name } of await file.list('/channel_groups')) {
    const times = `/channel_groups/${name}/spikes/time_samples`;
    if (!(await file.has(times))) continue;
    groups++;
    spikes += (await file.describeDataset(times)).size;
  }
  const parts: Part[] = groups ? [{ name: 'clusters', options: {}, spikes }] : [];
  return {
    ...{ format: 'klusta', what: 'sorting', readable: groups > 0, parts },
    details: { version: Number(root.kwik_version), groups },
    ...loadLines(loader, look.path, parts),
    advice: groups ? null : 'It has no spikes with clusters: it was not sorted yet',
  };
}
