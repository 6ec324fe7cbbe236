/** Units of time as Neo's files and objects spell them: names, factors, and compounds such as 1/30000*s or 1/(25*kHz). */
import type { TimeScale } from '../addon/contract.js';
import { OptionError } from '../core/errors.js';

/** What one of each unit is in ms, as a fraction, and its power of time. */
interface Amount {
  multiply: number;
  divide: number;
  power: number;
}

const time = (multiply: number, divide = 1): Amount => ({ multiply, divide, power: 1 });
const rate = (perMs: number, ms = 1): Amount => ({ multiply: perMs, divide: ms, power: -1 });

const units: readonly [names: string, amount: Amount][] = [
  ['s sec secs second seconds', time(1000)],
  ['ms msec msecs millisecond milliseconds', time(1)],
  ['us usec usecs µs μs microsecond microseconds', time(1, 1000)],
  ['ns nsec nsecs nanosecond nanoseconds', time(1, 1e6)],
  ['min mins minute minutes', time(60_000)],
  ['h hr hrs hour hours', time(3_600_000)],
  ['Hz hertz', rate(1, 1000)],
  ['kHz kilohertz', rate(1)],
  ['MHz megahertz', rate(1000)],
];
const named = new Map(units.flatMap(([names, amount]) => names.split(' ').map((name) => [name, amount] as const)));

/** ms = value × multiply ÷ divide: whole numbers where the unit has them, so that only one rounding happens. */
export type UnitScale = Required<Omit<TimeScale, 'add'>>;

/** What a time in this unit is multiplied with and divided by to be in ms. */
export function neoTimeScale(text: unknown, option = 'units'): UnitScale {
  const found = typeof text === 'string' && text.length <= 200 ? new Expression(text).value() : undefined;
  if (found?.power !== 1 || !(found.multiply > 0) || !Number.isFinite(found.multiply / found.divide)) {
    throw new OptionError(
      option,
      'a unit of time (s, ms, us, ns, min, h), or a product of them such as 1/30000*s',
      text,
    );
  }
  const { multiply, divide } = found;
  return { multiply, divide };
}

/** Numbers and units, joined by * and / (a blank between two multiplies) from left to right as in Python; in brackets first. */
class Expression {
  readonly #tokens: string[] | null;
  #at = 0;

  constructor(text: string) {
    const tokens = text.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-zµμ]+|\*\*|[*/()^-]|\S/gi);
    this.#tokens = tokens;
  }

  value(): Amount | undefined {
    const value = this.#product();
    return this.#at === this.#tokens?.length ? value : undefined;
  }

  #product(): Amount | undefined {
    let left = this.#factor();
    while (left) {
      const operator = this.#tokens?.[this.#at];
      if (operator === undefined || operator === ')') break;
      if (operator === '*' || operator === '/') this.#at++;
      const right = this.#factor();
      if (!right) return undefined;
      const [up, down] = operator === '/' ? [right.divide, right.multiply] : [right.multiply, right.divide];
      const power = operator === '/' ? left.power - right.power : left.power + right.power;
      left = { multiply: left.multiply * up, divide: left.divide * down, power };
    }
    return left;
  }

  /** A number, a unit or brackets, to the power of ±1. */
  #factor(): Amount | undefined {
    const token = this.#tokens?.[this.#at++];
    if (token === undefined) return undefined;
    const amount =
      token === '('
        ? this.#inBrackets()
        : /^[.\d]/.test(token)
          ? { multiply: Number(token), divide: 1, power: 0 }
          : unitOf(token);
    if (!amount || !/^(\*\*|\^)$/.test(this.#tokens?.[this.#at] ?? '')) return amount;
    this.#at++;
    const negative = this.#tokens?.[this.#at] === '-';
    if (negative) this.#at++;
    if (!/^1(\.0*)?$/.test(this.#tokens?.[this.#at++] ?? '')) return undefined;
    return negative ? { multiply: amount.divide, divide: amount.multiply, power: -amount.power } : amount;
  }

  #inBrackets(): Amount | undefined {
    const inner = this.#product();
    return this.#tokens?.[this.#at++] === ')' ? inner : undefined;
  }
}

/** Symbols as they are; spelled-out names in any case. */
function unitOf(name: string): Amount | undefined {
  return named.get(name) ?? (name.length >= 3 ? named.get(name.toLowerCase()) : undefined);
}
