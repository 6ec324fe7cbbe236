/** Which datasets of an HDF5 file lie as spike trains do: told from their names and shapes. */
import type { Part } from '../../loading/identify/identification.js';

/** A dataset of numbers with at least one dimension. */
export interface SeenDataset {
  path: string;
  shape: number[];
  /** Whether it holds whole numbers. */
  whole: boolean;
}

export const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const length = ({ shape }: SeenDataset) => shape.reduce((a, b) => a * b, 1);
const isVector = ({ shape }: SeenDataset) => shape.length === 1 || (shape.length === 2 && Math.min(...shape) === 1);

/** Ragged arrays, pairs, groups with a dataset a unit, rasters: by names and shapes that fit. */
export function layoutsIn(seen: readonly SeenDataset[], mixed: ReadonlySet<string>): Part[] {
  const vectors = seen.filter(isVector);
  const ragged = vectors.flatMap((times) => raggedWith(times, vectors));
  const pairs = ragged.length ? [] : vectors.flatMap((units) => pairWith(units, vectors));
  const found = [...ragged, ...pairs];
  const taken = new Set(found.flatMap(({ options }) => Object.values(options)));
  const left = vectors.filter(({ path }) => !taken.has(path));
  return [...found, ...groupsIn(seen, left, mixed), ...rastersIn(seen)];
}

/** X with X_index (cumulative ends), or the retina's spikes with sCount (counts). */
function raggedWith(times: SeenDataset, vectors: readonly SeenDataset[]): Part[] {
  const ends = vectors.find(({ path, whole }) => whole && path === `${times.path}_index`);
  const counts = vectors.find(
    ({ path, whole }) => whole && /^s(pike_?)?counts?$/i.test(nameOf(path)) && folderOf(path) === folderOf(times.path),
  );
  const index = ends ?? (/^spikes?(_?times)?$/i.test(nameOf(times.path)) ? counts : undefined);
  if (!index) return [];
  const options = {
    spikeTimesDataset: times.path,
    spikeTimesIndexDataset: index.path,
    ...(ends ? {} : { spikeTimesIndex: 'counts' }),
  };
  return [{ name: times.path, options, units: length(index), spikes: length(times) }];
}

const unitName =
  /^((unit|node|neuron|cluster|cell|g|channel)_?)?(idces|idx|indices|ids?|labels?)$|^(units|clusters|gids)$/i;
const timeName = /^(spike_?)?(times?|timestamps)(_?(s|ms|sec|seconds))?$/i;

function pairWith(units: SeenDataset, vectors: readonly SeenDataset[]): Part[] {
  if (!units.whole || !unitName.test(nameOf(units.path))) return [];
  const times = vectors.find(
    (other) =>
      folderOf(other.path) === folderOf(units.path) &&
      timeName.test(nameOf(other.path)) &&
      length(other) === length(units),
  );
  if (!times) return [];
  return [{ name: times.path, options: { idcesDataset: units.path, timesDataset: times.path }, spikes: length(times) }];
}

/** Groups all of whose members are vectors, named by numbers or as units are. */
function groupsIn(seen: readonly SeenDataset[], left: readonly SeenDataset[], mixed: ReadonlySet<string>): Part[] {
  const groups = new Map<string, SeenDataset[]>();
  for (const dataset of left)
    groups.set(folderOf(dataset.path), [...(groups.get(folderOf(dataset.path)) ?? []), dataset]);
  return [...groups].flatMap(([group, members]) => {
    const all = seen.filter(({ path }) => folderOf(path) === group).length === members.length;
    if (group === '' || mixed.has(group) || !all || !members.every(({ path }) => /^[a-z_-]*\d+$/i.test(nameOf(path))))
      return [];
    const spikes = members.reduce((sum, member) => sum + length(member), 0);
    return [{ name: group, options: { groupPerUnit: group }, units: members.length, spikes }];
  });
}

function rastersIn(seen: readonly SeenDataset[]): Part[] {
  const found = seen.filter(
    ({ path, shape }) => shape.length === 2 && /raster|spike_?counts|binned/i.test(nameOf(path)),
  );
  return found.map(({ path, shape }) => ({ name: path, options: { rasterDataset: path }, units: shape[0] }));
}
