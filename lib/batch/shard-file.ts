/** The shares of a list, decided once: the first runner writes them into the folder, and all others follow it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Work } from './contract.js';
import { headersOf } from './headers.js';
import { digestOf } from './items.js';
import { shareOut } from './shards.js';
import type { Store } from './store.js';

/** How often a runner looks whether the one that reads all headers is ready. */
const pollMs = 200;

interface Terms {
  readonly store: Store;
  readonly count: number;
  readonly isolate: boolean;
  readonly signal: AbortSignal;
}

/**
 * Which share each item belongs to. Costs are what the items say, else the volume that their headers tell: if every machine read them
 * for itself, one that sees a file which another does not would share out differently, and items would be left out in silence.
 */
export async function sharesOf(work: readonly Work[], terms: Terms): Promise<number[]> {
  const { count, signal } = terms;
  const { claims, place } = terms.store;
  const told = work.map(({ cost }) => cost);
  if (told.every((cost) => cost !== undefined)) return shareOut(told, count);
  const name = digestOf([work.map(({ id, source, do: operation }) => [id, source, operation]), count]).slice(0, 32);
  const path = `.spikelab/shares/${name}.json`;
  for (;;) {
    signal.throwIfAborted();
    const found = sharesIn(await place.read(path), work.length, count);
    if (found) return found;
    const claim = await claims.take(`.shares-${name}`);
    if (!claim) {
      await sleep(pollMs, undefined, { signal });
      continue;
    }
    try {
      const shares =
        sharesIn(await place.read(path), work.length, count) ?? shareOut(await costsOf(work, terms), count);
      await place.write(path, JSON.stringify(shares));
      return shares;
    } finally {
      await claims.release(claim);
    }
  }
}

function sharesIn(text: string | null, items: number, count: number): number[] | null {
  if (text === null) return null;
  const shares: unknown = JSON.parse(text);
  const fits = Array.isArray(shares) && shares.length === items && shares.every((share) => share >= 0 && share < count);
  return fits ? shares : null;
}

/** Seconds would differ from machine to machine; volumes of one operation stand for them. */
async function costsOf(
  work: readonly Work[],
  { isolate, signal }: { isolate: boolean; signal?: AbortSignal },
): Promise<number[]> {
  const headers = await headersOf(work, { isolate, signal });
  const volumes = headers.map((header) => ('volume' in header ? header.volume : 0));
  return work.map(({ cost }, i) => cost ?? volumes[i]);
}
