/** `key=value` on the command line, for options that only some formats have. */
import { InvalidArgumentError } from 'commander';

/** Collects repeated `key=value`: numbers, true, false and JSON lists as what they are, anything else as text. */
export function keyValue(text: string, soFar: Record<string, unknown> = {}): Record<string, unknown> {
  const at = text.indexOf('=');
  const key = text.slice(0, at);
  if (at < 1 || !/^[a-zA-Z]\w*$/.test(key)) throw new InvalidArgumentError('It must be of the form key=value.');
  return { ...soFar, [key]: jsonOrText(text.slice(at + 1)) };
}

export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
