/** The checks that the value of every option goes through. */
import { OptionError } from './errors.js';

/** A finite number. A boolean is not a number here, unlike in Python. */
export function finite(value: unknown, option: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new OptionError(option, 'a finite number', value);
  return value;
}

export function positive(value: unknown, option: string, hint?: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw new OptionError(option, 'a positive finite number', value, hint);
  }
  return value;
}

export function nonNegative(value: unknown, option: string): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value < 0)
    throw new OptionError(option, 'a number of at least 0', value);
  return value;
}

export function integer(
  value: unknown,
  option: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    const range =
      min === Number.MIN_SAFE_INTEGER
        ? ''
        : max === Number.MAX_SAFE_INTEGER
          ? ` of at least ${min}`
          : ` from ${min} to ${max}`;
    throw new OptionError(option, `an integer${range}`, value);
  }
  return value;
}

export function oneOf<T extends string>(value: unknown, option: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T))
    throw new OptionError(option, `one of ${allowed.map((a) => `'${a}'`).join(', ')}`, value);
  return value as T;
}

export function boolean(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw new OptionError(option, 'true or false', value);
  return value;
}

export function text(value: unknown, option: string): string {
  if (typeof value !== 'string' || value === '') throw new OptionError(option, 'a non-empty string', value);
  return value;
}

/**
 * Whether an argument is an object of the caller that answers `methods`, and not a path or a URL.
 *
 * @throws OptionError for an object that lacks some
 */
export function isObjectWith(value: unknown, option: string, methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || value instanceof URL) return false;
  const absent = methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  if (absent.length) throw new OptionError(option, `a path or an object with ${absent.join(', ')}`, value);
  return true;
}
