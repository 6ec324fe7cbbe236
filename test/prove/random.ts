/** A small generator of numbers that gives the same ones for the same seed on every machine (sfc32). */

/** One 32-bit seed from several parts (FNV-1a over their text, then mixed). */
export function subSeed(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    [this.#a, this.#b, this.#c] = [seed | 0, 0x9e3779b9 | 0, (seed ^ 0x5bd1e995) | 0];
    for (let i = 0; i < 15; i++) this.u32();
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1), with 53 random bits. */
  real(): number {
    return ((this.u32() >>> 5) * 2 ** 26 + (this.u32() >>> 6)) / 2 ** 53;
  }

  between(from: number, to: number): number {
    return from + this.real() * (to - from);
  }

  /** From `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.real() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.real() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)];
  }

  /** Each of them with this probability, in their order. */
  some<T>(items: readonly T[], probability = 0.5): T[] {
    return items.filter(() => this.chance(probability));
  }

  /**
   * From 0 to `max`, log-uniform: a hundred is as likely as a million. A third lies within two of a power of two or ten, where
   * buffers and chunks end.
   */
  size(max: number): number {
    const drawn = Math.floor(Math.exp(this.real() * Math.log(max + 1))) - (this.chance(0.5) ? 1 : 0);
    if (!this.chance(1 / 3) || drawn < 4) return Math.max(0, Math.min(max, drawn));
    const base = this.chance(0.8) ? 2 : 10;
    const border = base ** Math.round(Math.log(drawn) / Math.log(base));
    return Math.max(0, Math.min(max, border + this.int(-2, 2)));
  }

  /** As `size`, but nine of ten times below a hundred thousand: large cases take as long as a hundred small ones. */
  mostlySmall(max: number): number {
    return this.size(this.chance(0.9) ? Math.min(max, 100_000) : max);
  }

  seed(): number {
    return this.u32();
  }
}
