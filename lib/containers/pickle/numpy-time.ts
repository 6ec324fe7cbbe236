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

/** Characters of the ISO 8601 text that numpy writes for each unit: as many as the unit is fine. */
const textLength: Record<string, number> = { W: 10, D: 10, h: 13, m: 16, s: 19, ms: 23, us: 26, ns: 29 };

/** ISO 8601 as numpy writes it; 'NaT' for no time. */
export function datetimeText(value: bigint, unit: TimeUnit): string {
  if (value === notATime) return 'NaT';
  const counts = value * BigInt(unit.count);
  if (unit.name === 'Y' || unit.name === 'M') {
    const months = unit.name === 'Y' ? counts * 12n : counts;
    const year = Number((months - (((months % 12n) + 12n) % 12n)) / 12n) + 1970;
    const month = String(Number(((months % 12n) + 12n) % 12n) + 1).padStart(2, '0');
    return unit.name === 'Y' ? String(year).padStart(4, '0') : `${String(year).padStart(4, '0')}-${month}`;
  }
  const scale = nanosecondsOf[unit.name];
  if (scale === undefined) return `${counts} ${unit.name}`;
  const ns = counts * scale;
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const date = new Date(Number((ns - fraction) / 1_000_000n));
  if (Number.isNaN(date.getTime())) return `${counts} ${unit.name}`;
  const [seconds] = date.toISOString().split('.');
  // years beyond 9999 have a sign and two digits more
  const extra = seconds.length - 19;
  return `${seconds}.${String(fraction).padStart(9, '0')}`.slice(0, textLength[unit.name] + extra);
}

export function durationMs(value: bigint, unit: TimeUnit): number {
  if (value === notATime) return Number.NaN;
  const scale = nanosecondsOf[unit.name];
  return scale === undefined ? Number.NaN : Number(value * BigInt(unit.count) * scale) / 1e6;
}
