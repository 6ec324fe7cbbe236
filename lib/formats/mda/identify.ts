/** MountainSort's .mda: firings, by their three rows or more. */
import { type Draft, loadLines, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { readMdaHeader } from './load.js';

const loader = { function: 'loadSpikeDataFromMda', format: 'mda' };

export async function identifyMda(look: Look): Promise<Draft | null> {
  if (look.isFolder || !/\.mda$/i.test(look.name) || look.size < 16) return null;
  const [code, dimensions] = [look.head.readInt32LE(0), look.head.readInt32LE(8)];
  if (code > -2 || code < -8 || dimensions === 0 || Math.abs(dimensions) > 50) return null;
  const { shape } = await readMdaHeader(look.path);
  const details = { shape: shape.join(' × ') };
  if (shape.length !== 2 || shape[0] < 3) {
    const advice =
      'It is an array of MountainLab, and no firings: those have three rows or more (electrode, time, label)';
    return { format: 'mda', what: 'table', readable: false, details, advice };
  }
  const parts: Part[] = [{ name: look.name, options: {}, spikes: shape[1] }];
  const said = /"samplerate"\s*:\s*"?([\d.e+]+)/.exec(await look.text(look.beside('params.json')))?.[1];
  const lines = loadLines(loader, look.path, parts, said ? {} : { fsHz: 30_000 });
  const advice = said ? null : 'The file does not say fsHz: the one in the lines is an example, put yours';
  return { format: 'mda', what: 'sorting', readable: true, details, parts, ...lines, advice };
}
