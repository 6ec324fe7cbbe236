/** Names in the order in which people count: 2 before 10. */

/** Compares runs of digits by their value, everything between them by code point; equal values by their spelling. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = i % 2 === 1 ? compareDigits(left[i], right[i]) : compareText(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

/** Text and digits by turns, text first (it may be empty). */
function partsOf(name: string): string[] {
  return name.split(/(\p{Nd}+)/u);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Any number of digits of any script, without rounding. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [plainDigits(a), plainDigits(b)];
  return left.length - right.length || compareText(left, right);
}

function plainDigits(digits: string): string {
  const plain = Array.from(digits, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
  return plain.join('').replace(/^0+(?=.)/, '');
}

/** Unicode's decimal digits stand in runs of ten that start at their zero. */
function digitValue(code: number): number {
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return code < 128 ? code - 48 : code - zero;
}
