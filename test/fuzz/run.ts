/** Draws cases, has each loaded by two processes, and judges what they say. */
import { subSeed } from '../prove/random.js';
import { type Failure, judgeBoth, type Outcome, type Request } from './outcome.js';
import type { Target } from './targets.js';

/** A case is a target and a number; with the seed of the run they say which bytes are loaded. */
export interface Case {
  readonly target: string;
  readonly number: number;
}
export interface Found extends Case {
  readonly failure: Failure;
  /** What the same processes had loaded before, where the case alone does not fail. */
  readonly before: readonly Case[];
}
export interface Checker {
  check(request: Request): Promise<Outcome>;
  stop(): void;
}
export interface FormatTotals {
  cases: number;
  loaded: number;
  failed: number;
  slow: number;
  ms: number;
  readonly errors: Map<string, number>;
}
export interface RunOptions {
  readonly seed: string;
  readonly seconds: number;
  /** These alone, whatever the time. */
  readonly cases?: readonly Case[];
  report(found: Found): void;
}

/** After so many cases the processes are replaced: what one left behind spoils no more than these. */
const casesPerProcess = 400;
/** One in so many is loaded with `isolate` by the second process. */
const isolatedEvery = 20;

export const seedOf = (seed: string, { target, number }: Case): number => subSeed(seed, target, number);

export class Run {
  readonly totals = new Map<string, FormatTotals>();
  #before: Case[] = [];

  /** @param checkers two: their processes differ in what fresh memory holds, so that uninitialised values differ too */
  constructor(
    private readonly targets: readonly Target[],
    private readonly checkers: readonly [Checker, Checker],
    private readonly options: RunOptions,
  ) {
    for (const { format } of targets) {
      this.totals.set(format, { cases: 0, loaded: 0, failed: 0, slow: 0, ms: 0, errors: new Map() });
    }
  }

  async all(): Promise<void> {
    if (this.options.cases) for (const one of this.options.cases) await this.#turn(one);
    else for (const one of this.#draw()) await this.#turn(one);
    this.#renew();
  }

  /** Formats take turns by the time that each had; the targets of a format one after the other. */
  *#draw(): Generator<Case> {
    const end = performance.now() + this.options.seconds * 1000;
    const turns = new Map<string, number>();
    while (performance.now() < end) {
      const [format] = [...this.totals].reduce((least, other) => (other[1].ms < least[1].ms ? other : least));
      const ofFormat = this.targets.filter((target) => target.format === format);
      const turn = turns.get(format) ?? 0;
      turns.set(format, turn + 1);
      yield { target: ofFormat[turn % ofFormat.length].name, number: Math.floor(turn / ofFormat.length) };
    }
  }

  async #turn(one: Case): Promise<void> {
    const target = this.targets.find(({ name }) => name === one.target);
    if (!target) throw new Error(`no target is named ${one.target}`);
    const totals = this.totals.get(target.format) as FormatTotals;
    const start = performance.now();
    let [failure, outcome] = await this.#check(one);
    let before = this.#before;
    if (failure) {
      // once more, alone in fresh processes
      this.#renew();
      const [again] = await this.#check(one);
      this.#renew();
      if (again) [failure, before] = [again, []];
      // a busy machine is no hang
      else if (failure.kind === 'hang') {
        totals.slow++;
        failure = null;
      }
    } else this.#before.push(one);
    if (this.#before.length >= casesPerProcess) this.#renew();
    totals.cases++;
    totals.ms += performance.now() - start;
    if (failure) {
      totals.failed++;
      this.options.report({ ...one, failure, before });
    } else if (outcome.error) {
      totals.errors.set(outcome.error.name, (totals.errors.get(outcome.error.name) ?? 0) + 1);
    } else totals.loaded++;
  }

  async #check(one: Case): Promise<[Failure | null, Outcome]> {
    const request = { target: one.target, seed: seedOf(this.options.seed, one), isolated: false };
    const isolated = one.number % isolatedEvery === isolatedEvery - 1;
    const [first, second] = await Promise.all([
      this.checkers[0].check(request),
      this.checkers[1].check({ ...request, isolated }),
    ]);
    return [judgeBoth(first, second), first];
  }

  #renew(): void {
    for (const checker of this.checkers) checker.stop();
    this.#before = [];
  }
}
