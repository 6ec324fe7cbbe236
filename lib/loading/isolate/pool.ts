/** The children that stand ready: few at a time, given out in the order in which they are asked for, replaced before they grow old. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onAbort } from '../../core/abort.js';
import type { IsolationSettings } from '../../core/isolation.js';
import type { ReaderPlan } from './plan.js';
import { Reader } from './reader.js';

/** An idle child costs some 60 MB: it goes when no load has come for this long. */
const idleMs = 30_000;
/** Whatever has gathered in a child goes with it. */
const mostAgeMs = 600_000;
/** A load that took more has left a heap in pieces behind, under a limit of address space. */
const mostPeakBytes = 2 ** 29;

export interface Lease {
  readonly reader: Reader;
  /** Takes the child out of the count: it is kept for as long as its user likes, as open recordings are. */
  keep(): void;
  /** Gives it back; `healthy` where it may serve another load. */
  release(healthy: boolean): Promise<void>;
}

interface Member {
  reader: Reader;
  key: string;
  startedAt: number;
  loads: number;
  idleTimer?: NodeJS.Timeout;
}

interface Waiting {
  /** Undefined until it is known what the load needs; its place in the order is that of the call. */
  plan?: ReaderPlan;
  settings: IsolationSettings;
  give(member: Promise<Member>): void;
}

/** Children that load or may load; those of open recordings are not among them, or loads would wait for a recording's end. */
const counted = new Set<Member>();
const kept = new Set<Member>();
const idle = new Set<Member>();
const all = new Set<Reader>();
const waiting: Waiting[] = [];
/** Children that are being started and are in `counted` as soon as they are there. */
let starting = 0;

/** A child for one load. Rejects with the signal's reason, also while it waits in the queue. */
export async function lease(
  plan: Promise<ReaderPlan>,
  settings: IsolationSettings,
  signal?: AbortSignal,
): Promise<Lease> {
  signal?.throwIfAborted();
  const member = await new Promise<Member>((resolve, reject) => {
    const entry: Waiting = { settings, give: resolveWith(resolve, reject) };
    const leave = (reason: unknown) => {
      const at = waiting.indexOf(entry);
      if (at < 0) return;
      waiting.splice(at, 1);
      stopWatching();
      reject(reason);
      serve();
    };
    const stopWatching = onAbort(signal, () => leave(signal?.reason));
    const { give } = entry;
    entry.give = (found) => {
      stopWatching();
      give(found);
    };
    waiting.push(entry);
    plan.then((known) => {
      entry.plan = known;
      serve();
    }, leave);
  });
  return leaseOf(member, settings);
}

/** How many children are kept by open recordings. */
export const keptChildren = (): number => kept.size;

const resolveWith =
  (resolve: (member: Member) => void, reject: (reason: unknown) => void) => (found: Promise<Member>) => {
    found.then(resolve, reject);
  };

/** Gives children to those who wait, in order, for as long as there are any to give. */
function serve(): void {
  for (let first = waiting[0]; first; first = waiting[0]) {
    const { plan, settings } = first;
    if (!plan) return;
    if (counted.size - idle.size + starting >= settings.maxChildren) return;
    const key = JSON.stringify(plan);
    const ready = [...idle].find((member) => member.key === key);
    if (!ready && counted.size + starting >= settings.maxChildren) {
      // its place is free when it is gone
      const [other] = idle;
      if (other) retire(other);
      return;
    }
    waiting.shift();
    if (ready) idle.delete(ready);
    clearTimeout(ready?.idleTimer);
    first.give(ready ? Promise.resolve(ready) : start(plan, key));
  }
}

async function start(plan: ReaderPlan, key: string): Promise<Member> {
  starting++;
  try {
    const scratch = plan.single ? await mkdtemp(join(tmpdir(), 'spikelab-isolated-')) : null;
    watchExit();
    const reader: Reader = new Reader(plan, scratch, () => {
      all.delete(reader);
      clearTimeout(member.idleTimer);
      idle.delete(member);
      counted.delete(member);
      kept.delete(member);
      serve();
    });
    const member: Member = { reader, key, startedAt: Date.now(), loads: 0 };
    all.add(reader);
    counted.add(member);
    return member;
  } finally {
    starting--;
  }
}

function leaseOf(member: Member, settings: IsolationSettings): Lease {
  const { reader } = member;
  reader.hold(true);
  member.loads++;
  let released = false;
  return {
    reader,
    keep() {
      counted.delete(member);
      if (!reader.isEnded) kept.add(member);
      reader.hold(false);
      serve();
    },
    async release(healthy) {
      if (released) return;
      released = true;
      if (healthy && counted.has(member) && isFresh(member, settings)) {
        reader.hold(false);
        rest(member);
        serve();
      } else await reader.kill();
    },
  };
}

function isFresh({ reader, startedAt, loads }: Member, { loadsPerChild, memoryBytes }: IsolationSettings): boolean {
  if (reader.isEnded || reader.plan.single) return false;
  const young = Date.now() - startedAt < mostAgeMs && loads < loadsPerChild;
  return young && reader.peakBytes < Math.min(mostPeakBytes, memoryBytes);
}

function rest(member: Member): void {
  idle.add(member);
  member.idleTimer = setTimeout(() => retire(member), idleMs);
  member.idleTimer.unref();
}

/** It keeps its place among those that are counted until it is gone. */
function retire(member: Member): void {
  clearTimeout(member.idleTimer);
  idle.delete(member);
  void member.reader.kill();
}

let watching = false;

/** Children end with this process by themselves too, but only when they have noticed. */
function watchExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const reader of all) reader.killNow();
  });
}
