/** A failing case made smaller while it still fails in the same way. Knows nothing of what the case means. */
import type { Spec, SpecValue } from './property.js';

/** Seeds choose values, not sizes: a smaller one is no smaller case. */
const fixed = (key: string) => key === 'seed';

/** Smaller forms of one value, the smallest first. */
function* smaller(value: SpecValue): Generator<SpecValue> {
  if (typeof value === 'number') yield* smallerNumbers(value);
  else if (value === true) yield false;
  else if (Array.isArray(value)) yield* smallerLists(value);
  else if (typeof value === 'object' && value !== null) yield* smallerObjects(value);
}

function* smallerNumbers(value: number): Generator<number> {
  if (value === 0 || !Number.isFinite(value)) return;
  yield 0;
  if (!Number.isInteger(value)) yield Math.trunc(value);
  // steps that halve find the border at which the fault begins
  for (let step = Math.trunc(value / 2); Math.abs(step) >= 1; step = Math.trunc(step / 2)) yield value - step;
}

function* smallerLists(list: readonly SpecValue[]): Generator<SpecValue[]> {
  for (let size = list.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
  for (const [i, value] of list.entries()) {
    for (const less of smaller(value)) yield [...list.slice(0, i), less, ...list.slice(i + 1)];
  }
}

function* smallerObjects(object: { [key: string]: SpecValue }): Generator<{ [key: string]: SpecValue }> {
  const keys = Object.keys(object).filter((key) => !fixed(key));
  for (const key of keys) {
    if (typeof object[key] === 'object' && object[key] !== null && !Array.isArray(object[key])) {
      yield { ...object, [key]: null };
    }
  }
  for (const key of keys) for (const less of smaller(object[key])) yield { ...object, [key]: less };
}

export interface Shrunken<F> {
  spec: Spec;
  failure: F;
  tries: number;
}

/**
 * @param fails gives the failure of a case if it is the one looked for, else null; runs at most until `until` (of performance.now())
 */
export async function shrink<F>(
  spec: Spec,
  failure: F,
  fails: (spec: Spec) => Promise<F | null>,
  until: number,
): Promise<Shrunken<F>> {
  let best: Shrunken<F> = { spec, failure, tries: 0 };
  let tries = 0;
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smallerObjects(best.spec)) {
      if (performance.now() > until) return { ...best, tries };
      tries += 1;
      const failed = await fails(candidate);
      if (failed === null) continue;
      best = { spec: candidate, failure: failed, tries };
      found = true;
      break;
    }
  }
  return { ...best, tries };
}
