/** One run: cases of all properties until the time is over, failures shrunken, everything counted. */
import type { Failure, Outcome } from './child.js';
import { type Property, type Spec, shown } from './property.js';
import { Random, subSeed } from './random.js';
import { shrink } from './shrink.js';

export interface Checker {
  check(request: { property: string; spec: Spec }): Promise<Outcome>;
}

export interface Found {
  property: string;
  case: number;
  failure: Failure;
  spec: Spec;
  tries: number;
  /** Of the run, when it was found. */
  seconds: number;
}

/** Of one property. */
interface Done {
  cases: number;
  failed: number;
  ms: number;
}

export interface Totals {
  passed: number;
  failed: number;
  cases: Map<string, Done>;
  /** By kind, then by format. */
  counts: Map<string, Map<string, number>>;
  skipped: Map<string, number>;
  found: Found[];
}

export interface RunOptions {
  seed: string;
  seconds: number;
  /** One case of one property, instead of as many as fit. */
  only?: { property: string; case: number };
  report?: (found: Found) => void;
}

/** Failures of one property after which it is left alone, and different ones among them. */
const maxFailures = 20;
const maxKinds = 3;
const shrinkMs = 15_000;

export async function run(properties: readonly Property[], checker: Checker, options: RunOptions): Promise<Totals> {
  const start = performance.now();
  const until = start + options.seconds * 1000;
  const totals: Totals = { passed: 0, failed: 0, cases: new Map(), counts: new Map(), skipped: new Map(), found: [] };
  for (const { name } of properties) totals.cases.set(name, { cases: options.only?.case ?? 0, failed: 0, ms: 0 });
  while (performance.now() < until) {
    const property = next(properties, totals);
    if (!property) break;
    await one(property, totals, checker, { ...options, start });
    if (options.only) break;
  }
  return totals;
}

/** The one that had the least time for its weight; none where all have failed too often. */
function next(properties: readonly Property[], { cases, found }: Totals): Property | undefined {
  const share = ({ name, weight }: Property) => (cases.get(name)?.ms ?? 0) / weight;
  const failsOn = ({ name }: Property) =>
    (cases.get(name)?.failed ?? 0) >= maxFailures ||
    found.filter(({ property }) => property === name).length >= maxKinds;
  return properties
    .filter((property) => !failsOn(property))
    .reduce<Property | undefined>((least, one) => (!least || share(one) < share(least) ? one : least), undefined);
}

/** The case that a seed, a property and a number stand for. */
export function drawCase(property: Property, seed: string, number: number): Spec {
  return property.draw(new Random(subSeed(seed, property.name, number)));
}

async function one(
  property: Property,
  totals: Totals,
  checker: Checker,
  { seed, start, report }: RunOptions & { start: number },
): Promise<void> {
  const began = performance.now();
  const done = totals.cases.get(property.name) as Done;
  const number = done.cases++;
  const spec = drawCase(property, seed, number);
  const { failure, counts, skipped } = await checker.check({ property: property.name, spec });
  for (const { what, why } of skipped) add(totals.skipped, `${what}: ${why}`);
  for (const { kind, format } of counts) {
    if (!totals.counts.has(kind)) totals.counts.set(kind, new Map());
    add(totals.counts.get(kind) as Map<string, number>, format);
  }
  if (failure) {
    totals.failed += 1;
    done.failed += 1;
    const known = totals.found.some((other) => other.property === property.name && other.failure.kind === failure.kind);
    if (!known) {
      const small = await smallest(property, spec, failure, checker);
      const found = { property: property.name, case: number, seconds: (began - start) / 1000, ...small };
      totals.found.push(found);
      report?.(found);
    }
  } else totals.passed += 1;
  done.ms += performance.now() - began;
}

function smallest(property: Property, spec: Spec, failure: Failure, checker: Checker) {
  const fails = async (smaller: Spec) => {
    const { failure: other } = await checker.check({ property: property.name, spec: smaller });
    return other?.kind === failure.kind ? other : null;
  };
  return shrink(spec, failure, fails, performance.now() + shrinkMs);
}

const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);

/** What to do with a failure, for people. */
export function describeFound({ property, case: number, failure, spec, tries, seconds }: Found, seed: string): string {
  return [
    `FAILED ${property}, case ${number}, after ${seconds.toFixed(1)} s: ${failure.kind}`,
    `  ${failure.message.trim().split('\n').join('\n  ')}`,
    `  shrunken in ${tries} tries to ${JSON.stringify(spec)}`,
    `  again: npm run prove -- --seed ${shown(seed).replaceAll('"', '')} --only ${property} --case ${number}`,
  ].join('\n');
}
