/** numpy's datetime64 and timedelta64: counts of a unit, from 1970. */

const nanosecondsOf: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  D: 86_400_000_000_000n,
  W: 604_800_000_000_000n,
};
const notATime = -(2n ** 63n);

interface TimeUnit {
  name: string;
  count: number;
}

/** ISO 8601 to the nanosecond; 'NaT' for no time. Months and years count from 1970-01. */
export function datetimeText(value: bigint, unit: TimeUnit): string {
  if (value === notATime) return 'NaT';
  const counts = value * BigInt(unit.count);
  if (unit.name === 'Y' || unit.name === 'M') {
    const months = unit.name === 'Y' ? counts * 12n : counts;
    const year = Number((months - (((months % 12n) + 12n) % 12n)) / 12n) + 1970;
    return `${String(year).padStart(4, '0')}-${String(Number(((months % 12n) + 12n) % 12n) + 1).padStart(2, '0')}-01`;
  }
  const scale = nanosecondsOf[unit.name];
  if (scale === undefined) return `${counts} ${unit.name}`;
  const ns = counts * scale;
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((ns - fraction) / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${counts} ${unit.name}`;
  const text = date.toISOString();
  if (unit.name === 'D' || unit.name === 'W') return text.slice(0, text.indexOf('T'));
  return text.slice(0, text.indexOf('.')) + (fraction ? `.${String(fraction).padStart(9, '0').replace(/(000)+$/, '')}` : '');
}

export function durationMs(value: bigint, unit: TimeUnit): number {
  if (value === notATime) return Number.NaN;
  const scale = nanosecondsOf[unit.name];
  return scale === undefined ? Number.NaN : Number(value * BigInt(unit.count) * scale) / 1e6;
}
