/** The shares of a list, decided once: the first runner writes them into the folder, and all others follow it. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Claims } from './claims.js';
import type { Work } from './contract.js';
import { headersOf } from './headers.js';
import { digestOf } from './items.js';
import { shareOut } from './shards.js';

/** How often a runner looks whether the one that reads all headers is ready. */
const pollMs = 200;

interface Terms {
  readonly out: string;
  readonly claims: Claims;
  readonly count: number;
  readonly isolate: boolean;
  readonly signal: AbortSignal;
}

/**
 * Which share each item belongs to. Costs are what the items say, else the volume that their headers tell: if every machine read them
 * for itself, one that sees a file which another does not would share out differently, and items would be left out in silence.
 */
export async function sharesOf(work: readonly Work[], terms: Terms): Promise<number[]> {
  const { count, out, claims, signal } = terms;
  const told = work.map(({ cost }) => cost);
  if (told.every((cost) => cost !== undefined)) return shareOut(told, count);
  const folder = join(out, '.spikelab', 'shares');
  await mkdir(folder, { recursive: true });
  const name = digestOf([work.map(({ id, source, do: operation }) => [id, source, operation]), count]).slice(0, 32);
  const path = join(folder, `${name}.json`);
  for (;;) {
    signal.throwIfAborted();
    const found = await readShares(path, work.length, count);
    if (found) return found;
    const claim = await claims.take(`.shares-${name}`);
    if (!claim) {
      await sleep(pollMs, undefined, { signal });
      continue;
    }
    try {
      const shares = (await readShares(path, work.length, count)) ?? shareOut(await costsOf(work, terms), count);
      await writeFile(`${path}.new`, JSON.stringify(shares));
      await rename(`${path}.new`, path);
      return shares;
    } finally {
      await claims.release(claim);
    }
  }
}

async function readShares(path: string, items: number, count: number): Promise<number[] | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
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
