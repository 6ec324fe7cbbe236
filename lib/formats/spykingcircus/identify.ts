/** SpyKING CIRCUS: result files, and the other files of a sorting that belong to one. */
import { basename } from 'node:path';
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { resultName, samplingRateIn } from './load.js';

const loader = { function: 'loadSpikeDataFromSpykingCircus', format: 'spykingcircus' };
const advice =
  'It is a part of a sorting by SpyKING CIRCUS: name.result.hdf5 in the folder of the same name holds the spikes';

export async function identifySpykingCircus(look: Look): Promise<Draft | null> {
  if (look.isFolder) return null;
  if (/\.params$/i.test(look.name) && /^\[data\]/m.test(look.start)) {
    return { format: 'spykingcircus', what: 'table', readable: false, details: {}, advice };
  }
  const file = await look.hdf5();
  if (!file) return null;
  if (/\.(clusters|templates|basis)(-[\w.]+)?\.hdf5$/.test(look.name)) {
    return { format: 'spykingcircus', what: 'table', readable: false, details: {}, advice };
  }
  const names = (await file.list('/')).map(({ name }) => name);
  if (!names.includes('spiketimes') || !(names.includes('amplitudes') || resultName.test(look.name))) return null;
  const units = (await file.list('/spiketimes')).filter(({ name }) => /^temp_\d+$/.test(name)).length;
  const stem = look.name.replace(resultName, '');
  const folder = basename(look.join('..'));
  const params =
    (await look.text(look.beside(`../${folder}.params`))) || (await look.text(look.beside(`../${stem}.params`)));
  const fsHz = samplingRateIn(params);
  const parts: Part[] = [{ name: look.name, options: {}, units, ...(fsHz ? { fsHz } : {}) }];
  return {
    ...{ format: 'spykingcircus', what: 'sorting', readable: units > 0, details: { templates: units }, parts },
    ...loadLines(loader, look.path, parts, fsHz ? {} : { fsHz: 20_000 }),
    advice: fsHz
      ? null
      : 'No .params beside its folder says the sampling rate: 20000 in the lines is an example, put yours',
  };
}
