/** Neo's files: NIX with spike trains, and pickled blocks. */
import type { Hdf5File } from '../../containers/hdf5/file.js';
import { type Draft, loadLines, note, type Part } from '../../loading/identify/identification.js';
import type { Look } from '../../loading/identify/look.js';
import { pickledClasses } from '../../loading/identify/pickled-classes.js';

const loader = { function: 'loadSpikeDataFromNeo', format: 'neo' };
/** Spikes are counted up to here: each train is an object of its own. */
const maxCounted = 500;

export async function identifyNeo(look: Look): Promise<Draft | null> {
  const file = await look.hdf5();
  if (file) return identifyNix(look, file);
  const found = await pickledClasses(look);
  if (!found?.classes.some((name) => name.startsWith('neo.core.'))) return null;
  const parts: Part[] = [{ name: 'spike trains', options: {} }];
  const details = { container: `pickle, protocol ${found.protocol}` };
  return {
    format: 'neo',
    what: 'sorting',
    readable: found.complete,
    details,
    parts,
    ...found.note,
    ...loadLines(loader, look.path, parts),
  };
}

async function identifyNix(look: Look, file: Hdf5File): Promise<Draft | null> {
  const root = await file.attributes('/');
  if (root.format !== 'nix') return null;
  const details = {
    version: Array.from((root.version ?? []) as ArrayLike<number>, Number).join('.'),
    container: 'NIX',
  };
  const parts: Part[] = [];
  const blocks = (await membersOf(file, '/data', 'neo.block')).length;
  let b = 0;
  for (const block of await membersOf(file, '/data', 'neo.block')) {
    const segments = await membersOf(file, `${block}/groups`, 'neo.segment');
    for (const [s, segment] of segments.entries()) {
      const options = { ...(blocks > 1 ? { blockIndex: b } : {}), ...(segments.length > 1 ? { segmentIndex: s } : {}) };
      parts.push({ name: `block ${b}, segment ${s}`, options, ...(await countsOf(file, segment)) });
    }
    b++;
  }
  const signals = parts.length ? await hasSignals(file) : false;
  const readable = parts.some(({ units }) => units);
  return {
    format: 'neo',
    what: 'sorting',
    readable,
    details,
    parts: parts.filter(({ units }) => units),
    ...loadLines(
      loader,
      look.path,
      parts.filter(({ units }) => units),
    ),
    findings: signals ? [note('signals-not-read', 'Analog signals in NIX files are not opened', 'info')] : [],
    advice: readable ? null : "It has no spike trains as Neo writes them (multi_tags of type 'neo.spiketrain')",
  };
}

async function membersOf(file: Hdf5File, group: string, type: string): Promise<string[]> {
  if (!(await file.has(group))) return [];
  const found: { path: string; made: number }[] = [];
  for (const { name, kind, made } of await file.list(group)) {
    if (kind !== 'group') continue;
    const path = `${group}/${name}`;
    if ((await file.attributes(path)).type === type) found.push({ path, made: made ?? 0 });
  }
  return found.sort((a, b) => a.made - b.made).map(({ path }) => path);
}

async function countsOf(file: Hdf5File, segment: string): Promise<{ units: number; spikes?: number }> {
  const trains = await membersOf(file, `${segment}/multi_tags`, 'neo.spiketrain');
  if (trains.length > maxCounted) return { units: trains.length };
  let spikes = 0;
  for (const train of trains) spikes += (await file.describeDataset(`${train}/positions/data`)).size;
  return { units: trains.length, spikes };
}

async function hasSignals(file: Hdf5File): Promise<boolean> {
  for (const { name, kind } of await file.list('/data')) {
    const arrays = `/data/${name}/data_arrays`;
    if (kind !== 'group' || !(await file.has(arrays))) continue;
    const [first] = await file.list(arrays);
    if (first && (await file.attributes(`${arrays}/${first.name}`)).type === 'neo.analogsignal') return true;
  }
  return false;
}
