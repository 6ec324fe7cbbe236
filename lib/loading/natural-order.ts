/** Names in the order in which people count: 2 before 10. */

/**
 * The names sorted: runs of digits (of any script) by their value, everything between them by code point, names that differ
 * in spelling only by that.
 */
export function inNaturalOrder(names: readonly string[]): string[] {
  // most files number their units
  if (names.every((name) => /^(0|[1-9][0-9]{0,14})$/.test(name))) {
    return Array.from(Float64Array.from(names, Number).sort(), String);
  }
  const keyed = names.map((name) => ({ name, parts: partsOf(name) }));
  keyed.sort((a, b) => compareParts(a.parts, b.parts) || compareText(a.name, b.name));
  return keyed.map(({ name }) => name);
}

/** Text and digits by turns, text first (it may be empty); digits as ASCII without leading zeros. */
function partsOf(name: string): string[] {
  const ascii = /^[\0-\x7f]*$/.test(name);
  return name.split(ascii ? /([0-9]+)/ : /(\p{Nd}+)/u).map((part, i) => (i % 2 === 1 ? plainDigits(part) : part));
}

function compareParts(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const longer = i % 2 === 1 ? left[i].length - right[i].length : 0;
    const order = longer || compareText(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Any number of digits, without rounding. */
function plainDigits(digits: string): string {
  const ascii = /^[0-9]+$/.test(digits)
    ? digits
    : Array.from(digits, (digit) => digitValue(digit.codePointAt(0) ?? 0)).join('');
  return ascii.replace(/^0+(?=.)/, '');
}

/** Unicode's decimal digits stand in runs of ten that start at their zero. */
function digitValue(code: number): number {
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return code < 128 ? code - 48 : code - zero;
}
