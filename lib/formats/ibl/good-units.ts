/** Which units of the Brain-Wide Map count as good, and their order: what bwm_units of paper-brain-wide-map means to return. */
import { createHash } from 'node:crypto';

export interface UnitColumns {
  eid: readonly (string | null)[];
  label: Float64Array;
  /** Beryl acronym of each row; null for structures that are not in the atlas. */
  beryl: readonly (string | null)[];
}

/** Units that a region needs in a session, and sessions that a region needs with so many. */
const leastUnits = 5;
const leastSessions = 2;

export interface Selection {
  /** Rows of the table: by Beryl acronym in code-point order, then eid, then as they lie in the table. */
  rows: number[];
  dropped: { unknownRegion: number; outsideRegions: number; smallRegion: number };
}

/**
 * Rows with all quality criteria passed (label 1), outside `root` and `void`, in regions with at least 5 such units in a session
 * (both probes pooled), which at least 2 sessions have.
 */
export function selectGoodUnits({ eid, label, beryl }: UnitColumns): Selection {
  const dropped = { unknownRegion: 0, outsideRegions: 0, smallRegion: 0 };
  const inRegion: number[] = [];
  for (let row = 0; row < label.length; row++) {
    if (!(label[row] >= 1) || eid[row] === null) continue;
    const region = beryl[row];
    if (region === null) dropped.unknownRegion++;
    else if (region === 'root' || region === 'void') dropped.outsideRegions++;
    else inRegion.push(row);
  }
  const pair = (row: number) => `${beryl[row]}\n${eid[row]}`;
  const counts = countBy(inRegion, pair);
  const large = [...counts].filter(([, count]) => count >= leastUnits).map(([key]) => key);
  const sessions = countBy(large, (key) => key.slice(0, key.indexOf('\n')));
  const kept = new Set(large.filter((key) => sessions.get(key.slice(0, key.indexOf('\n')))! >= leastSessions));
  const rows = inRegion.filter((row) => kept.has(pair(row)));
  dropped.smallRegion = inRegion.length - rows.length;
  // acronyms and uuids are ASCII: UTF-16 order is code-point order; sort() is stable, so rows keep their order inside a pair
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  rows.sort((a, b) => compare(beryl[a]!, beryl[b]!) || compare(eid[a]!, eid[b]!));
  return { rows, dropped };
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** IBL's check sum of a selection: SHA-256 over the uuids, 16 big-endian bytes each, in order. */
export function unitsDigest(uuids: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const uuid of uuids) hash.update(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
  return hash.digest('hex');
}
