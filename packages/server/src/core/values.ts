/** Values of settings as people write them: sizes with their unit, times with theirs. */

export function textOf(value: unknown, name: string, allowed?: readonly string[]): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} must be a text`);
  if (allowed && !allowed.includes(value))
    throw new Error(`${name} must be one of ${allowed.join(', ')}, got ${value}`);
  return value;
}

export function integerOf(value: unknown, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < least || number > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new Error(`${name} must be a whole number ${range}, got ${String(value)}`);
  }
  return number;
}

const sizes: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** 500GiB, 64MB, or bytes as a number. */
export function bytesOf(value: unknown, name: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b)?$/i.exec(String(value)) ?? [];
  const bytes = Number(number) * (sizes[unit.toLowerCase()] ?? Number.NaN);
  if (!(bytes >= 0)) throw new Error(`${name} must be a size such as 500GiB or 64MB, got ${String(value)}`);
  return Math.floor(bytes);
}

const times: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3600_000, d: 86_400_000 };

/** 30s, 5min, 2h, 7d: in ms. */
export function durationOf(value: unknown, name: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$/.exec(String(value)) ?? [];
  const ms = Number(number) * (times[unit] ?? Number.NaN);
  if (!(ms > 0)) throw new Error(`${name} must be a time such as 30s, 5min, 2h or 7d, got ${String(value)}`);
  return ms;
}

export function listOf(value: unknown, name: string): readonly string[] {
  if (typeof value === 'string')
    return value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value;
  throw new Error(`${name} must be a list of texts`);
}

export function yesOf(value: unknown, name: string): boolean {
  if (value === true || value === 'yes' || value === 'true' || value === '1') return true;
  if (value === false || value === 'no' || value === 'false' || value === '0') return false;
  throw new Error(`${name} must be yes or no, got ${String(value)}`);
}
