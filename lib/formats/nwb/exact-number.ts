/** Integers beyond 2^53 as their digits: a rounded id would name another unit. */
export function exactNumber(value: number | bigint): number | string {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
