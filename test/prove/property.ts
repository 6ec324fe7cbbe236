/** What a property is: cases that are drawn as plain data, and a check that must hold for every one of them. */
import type { Python } from './python.js';
import type { Random } from './random.js';

/** Plain data from which a case is made. Smaller numbers, shorter lists and null for a part are smaller cases. */
export type Spec = { [key: string]: SpecValue };
export type SpecValue = null | boolean | number | string | SpecValue[] | { [key: string]: SpecValue };

export type Kind = 'round trips' | 'files of strangers' | 'two ways';

export interface Tools {
  /** Empty, of this case alone, removed after it. */
  folder: string;
  python: Python;
  /** One comparison that held: `format` names what was compared with whom. */
  count(kind: Kind, format: string): void;
  /** Part of a check that could not be done here. */
  skip(what: string, why: string): void;
}

export interface Property<S = Spec> {
  /** 'family/name', as `--only` finds it. */
  name: string;
  /** Share of the time, against the others. */
  weight: number;
  /** Python modules without which there is nothing to check. */
  needs?: readonly string[];
  draw(random: Random): S;
  /** Throws a Difference, or whatever the package throws for what it should have taken. */
  check(spec: S, tools: Tools): Promise<void>;
}

/** Two answers to one question that differ. */
export class Difference extends Error {
  constructor(place: string, found: unknown, expected: unknown) {
    super(`${place}: ${shown(expected)} was expected, found ${shown(found)}`);
    this.name = 'Difference';
  }
}

/** A value in one line of at most 200 characters. */
export function shown(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const list = value as unknown as ArrayLike<unknown>;
    const head = Array.from({ length: Math.min(5, list.length) }, (_, i) => shown(list[i])).join(', ');
    return `${value.constructor.name}(${list.length}) [${head}${list.length > 5 ? ', …' : ''}]`;
  }
  const text = JSON.stringify(value, (_, part) => {
    if (typeof part === 'bigint') return `${part}n`;
    return part instanceof Map ? { map: [...part] } : part;
  });
  return text === undefined ? String(value) : text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
