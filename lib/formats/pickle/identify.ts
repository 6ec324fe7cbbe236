/** Pickles of Python's SpikeLab, and the pickles that are nobody's here. */
import { olderSpikeDataModules, spikeDataModules } from '../../containers/pickle/spikelab-globals.js';
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { pickledClasses } from '../../loading/identify/pickled-classes.js';

const modules = [...spikeDataModules, ...olderSpikeDataModules];
const spikeDataClasses = new Set(modules.map((module) => `${module}.SpikeData`));
const loader = { function: 'loadSpikeDataFromPickle', format: 'pickle' };

export async function identifyPickle(look: Look): Promise<Draft | null> {
  const found = await pickledClasses(look);
  if (!found || found.classes.some((name) => name.startsWith('neo.core.'))) return null;
  const details = { container: `pickle, protocol ${found.protocol}` };
  const isSpikeData = found.classes.some((name) => spikeDataClasses.has(name));
  if (isSpikeData) {
    const parts: Part[] = [{ name: 'SpikeData', options: {} }];
    const lines = found.complete ? loadLines(loader, look.path, parts) : {};
    return { format: 'pickle', what: 'sorting', readable: found.complete, details, parts, ...lines, ...found.note };
  }
  const classes = [...new Set(found.classes)].slice(0, 3).join(', ');
  const what = classes ? `a pickle of ${classes}` : 'a pickle of plain Python values';
  const advice = `It is ${what}, no SpikeData and no Neo block: such pickles are not read`;
  return { format: 'pickle', what: 'unknown', readable: false, weak: true, details, advice, ...found.note };
}
