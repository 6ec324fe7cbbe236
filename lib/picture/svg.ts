/** Writing SVG: elements as text, numbers short, text escaped. */

export type Attributes = Record<string, string | number | undefined>;

/** Two decimals are a fiftieth of a pixel at the scale at which the picture is made into a PNG. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function escapeText(text: string): string {
  // control characters other than tab and newlines may not stand in XML at all
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be found
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
  return printable.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? px(value) : escapeText(String(value))}"`)
    .join('');
  return content ? `<${name}${written}>${content}</${name}>` : `<${name}${written}/>`;
}

export function textElement(text: string, x: number, y: number, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(text));
}
