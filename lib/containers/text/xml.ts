/** The XML that recording software writes: elements, attributes and texts. No document types, so no entity is ever fetched or grown. */
import { FormatError, LimitError } from '../../core/errors.js';
import type { Limits } from '../../core/limits.js';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Of the element itself, without blanks around it. */
  readonly text: string;
}

/** Headers of thousands of channels have some 100 000 elements. */
const mostElements = 2_000_000;

const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<!DOCTYPE[^>[]*>|<(\/?)([\w:.-]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(\/?)>|([^<]+)/y;
const attribute = /(?<![\w:.-])([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open {
  name: string;
  attributes: Map<string, string>;
  children: XmlElement[];
  text: string;
}

/** @throws FormatError for what is no XML with one root, LimitError by limits.maxDepth */
export function parseXml(source: string, path: string, { maxDepth }: Pick<Limits, 'maxDepth'>): XmlElement {
  const top: Open = { name: '', attributes: new Map(), children: [], text: '' };
  const open: Open[] = [top];
  let elements = 0;
  token.lastIndex = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (token.lastIndex < source.length) {
    const at = token.lastIndex;
    const found = token.exec(source);
    if (!found) throw broken(source, at, path);
    const [, cdata, closing, name, attributes, empty, text] = found;
    const current = open[open.length - 1];
    if (cdata !== undefined) current.text += cdata;
    else if (text !== undefined) current.text += decoded(text);
    else if (name === undefined) continue;
    else if (closing) {
      if (current === top || current.name !== name) throw broken(source, at, path);
      close(open);
    } else {
      if (++elements > mostElements || open.length > maxDepth) {
        throw new LimitError('maxDepth', maxDepth, open.length, `${path} with ${elements} elements`);
      }
      open.push({ name, attributes: attributesIn(attributes), children: [], text: '' });
      if (empty) close(open);
    }
  }
  const [root] = top.children;
  if (open.length > 1 || top.children.length !== 1) throw broken(source, source.length, path);
  return root;
}

function close(open: Open[]): void {
  const { name, attributes, children, text } = open.pop() as Open;
  open[open.length - 1].children.push({ name, attributes, children, text: text.trim() });
}

function attributesIn(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(attribute)) out.set(name, decoded(double ?? single));
  return out;
}

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w+));/g, (whole, digits, hex, name) => {
    const code = digits ? Number(digits) : hex ? Number.parseInt(hex, 16) : undefined;
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return entities[name] ?? whole;
  });
}

function broken(source: string, at: number, path: string): FormatError {
  const line = source.slice(0, at).split('\n').length;
  const found = JSON.stringify(source.slice(at, at + 40));
  return new FormatError(`${path} must be XML with one root element, found ${found} in line ${line}`, {
    path,
    location: `line ${line}`,
  });
}

/** The first element below at these names, one below the other. */
export function childAt(element: XmlElement | undefined, ...names: string[]): XmlElement | undefined {
  let found = element;
  for (const name of names) found = found?.children.find((child) => child.name === name);
  return found;
}

/** All elements of a name below an element, in the order of the file. */
export function allBelow(element: XmlElement | undefined, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (at: XmlElement) => {
    for (const child of at.children) {
      if (child.name === name) found.push(child);
      visit(child);
    }
  };
  if (element) visit(element);
  return found;
}

/** Name of the root element, from the first bytes of a text. */
export const xmlRoot = (text: string): string | undefined =>
  /^\uFEFF?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>[]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<([\w:]+)/.exec(text)?.[1];
