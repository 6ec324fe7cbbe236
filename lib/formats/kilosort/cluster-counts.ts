/** Which clusters there are, how many spikes each has, and which templates those came from. */
import type { NumericArray } from '../../core/arrays.js';
import { inSlices, manyElements } from '../../core/slices.js';
import { badId } from './spike-columns.js';

/** Ids below this are counted in an array, larger ones in a map: a stray id of a billion must not take gigabytes. */
const denseIds = 2 ** 20;

/** Counts the spikes of each id, piece by piece. */
export class IdCounter {
  readonly #dense = new Uint32Array(denseIds);
  readonly #sparse = new Map<number, number>();

  /** @throws FormatError for a negative id */
  add(ids: NumericArray, start: number, file: string): void {
    const [piece, dense, sparse] = [ids as Uint32Array, this.#dense, this.#sparse];
    let lowest = 0;
    for (let i = 0; i < piece.length; i++) {
      const id = piece[i];
      if (id < 0) lowest = id;
      else if (id < denseIds) dense[id]++;
      else sparse.set(id, (sparse.get(id) ?? 0) + 1);
    }
    if (lowest < 0) throw badId(lowest, start + piece.indexOf(lowest), file);
  }

  /** The ids with spikes, rising. */
  ids(): number[] {
    const ids: number[] = [];
    for (let id = 0; id < denseIds; id++) if (this.#dense[id]) ids.push(id);
    for (const id of [...this.#sparse.keys()].sort((a, b) => a - b)) ids.push(id);
    return ids;
  }
}

/** Trains of these ids, for a counting sort: an array by id, and the ids where they are too large to index one. */
export async function trainsById(
  ids: NumericArray,
  kept: readonly number[],
  signal?: AbortSignal,
): Promise<{ units: NumericArray; trainOf: Int32Array }> {
  const largest = kept.reduce((a, b) => Math.max(a, b), -1);
  if (largest < denseIds) {
    const trainOf = new Int32Array(largest + 1).fill(-1);
    kept.forEach((id, train) => {
      trainOf[id] = train;
    });
    return { units: ids, trainOf };
  }
  const trains = new Map(kept.map((id, train) => [id, train]));
  const units = new Uint32Array(ids.length);
  await inSlices(
    ids.length,
    manyElements,
    (start, end) => {
      for (let i = start; i < end; i++) units[i] = trains.get(ids[i] as number) ?? kept.length;
    },
    signal,
  );
  return { units, trainOf: Int32Array.from(kept.keys()) };
}

/** Spikes of each template, for each cluster: how a cluster that was merged or split relates to templates. */
export async function countTemplates(
  clusters: NumericArray,
  templates: NumericArray,
  signal?: AbortSignal,
): Promise<Map<number, Map<number, number>>> {
  const pairs = new Map<number, Map<number, number>>();
  await inSlices(
    clusters.length,
    manyElements,
    (start, end) => {
      let [lastCluster, lastTemplate, run] = [-1, -1, 0];
      const flush = () => {
        if (run) add(pairs, lastCluster, lastTemplate, run);
        run = 0;
      };
      for (let i = start; i < end; i++) {
        const [cluster, template] = [clusters[i] as number, templates[i] as number];
        if (cluster !== lastCluster || template !== lastTemplate) flush();
        [lastCluster, lastTemplate] = [cluster, template];
        run++;
      }
      flush();
    },
    signal,
  );
  return pairs;
}

function add(pairs: Map<number, Map<number, number>>, cluster: number, template: number, n: number): void {
  const counts = pairs.get(cluster) ?? new Map<number, number>();
  counts.set(template, (counts.get(template) ?? 0) + n);
  pairs.set(cluster, counts);
}
