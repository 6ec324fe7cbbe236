/** Numbers and words on the command line: checked where they are read, so that a typing error is a usage error. */
import { InvalidArgumentError } from 'commander';

function parsed(text: string, expected: string, holds: (value: number) => boolean): number {
  // Number('') is 0 and Number('0x10') 16: neither is what somebody meant
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || !holds(value)) throw new InvalidArgumentError(`It must be ${expected}.`);
  return value;
}

export const positiveNumber = (text: string) => parsed(text, 'a positive number', (value) => value > 0);
export const finiteNumber = (text: string) => parsed(text, 'a number', () => true);
export const positiveInteger = (text: string) =>
  parsed(text, 'a whole number of at least 1', (value) => Number.isSafeInteger(value) && value >= 1);

/** One of a few words; help says them in its own words, where commander's list would take a line more. */
export const oneOfThese =
  <T extends string>(...words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
