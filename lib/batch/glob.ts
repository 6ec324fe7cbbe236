/** Files and folders that a pattern names. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError } from '../core/errors.js';
import { stat } from '../io/stat.js';

/** Paths that one pattern may give: more are a pattern that begins too high. */
const mostPaths = 1_000_000;

export const isPattern = (path: string): boolean => /[*?{[]/.test(path);

/**
 * `*` and `?` within a name, `[abc]`, `{a,b}`, and `**` for any number of folders. Names that begin with a dot are matched where the
 * pattern begins with one; `**` follows no links, which could lead in a circle.
 *
 * @returns paths in the order of their names
 */
export async function pathsOf(pattern: string): Promise<string[]> {
  const parts = pattern.split('/');
  const plain = parts.findIndex(isPattern);
  const base = parts.slice(0, plain).join('/');
  const rules = parts.slice(plain).filter((part, i, all) => part !== '' || i === all.length - 1);
  const found = new Set<string>();
  await walk(
    base || (pattern.startsWith('/') ? '/' : '.'),
    rules.filter(Boolean),
    base !== '' || pattern.startsWith('/'),
    found,
  );
  return [...found].sort();
}

async function walk(folder: string, rules: readonly string[], prefixed: boolean, found: Set<string>): Promise<void> {
  const [rule, ...rest] = rules;
  if (rule === '**') {
    await walk(folder, rest.length ? rest : ['*'], prefixed, found);
    for (const entry of await entriesOf(folder)) {
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        await walk(inside(folder, entry.name, prefixed), rules, true, found);
    }
    return;
  }
  if (!isPattern(rule)) return step(inside(folder, rule, prefixed), rest, found);
  const wanted = expression(rule);
  for (const { name } of await entriesOf(folder)) {
    if (wanted.test(name) && (!name.startsWith('.') || rule.startsWith('.'))) {
      await step(inside(folder, name, prefixed), rest, found);
    }
  }
}

async function step(path: string, rest: readonly string[], found: Set<string>): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (!there) return;
  if (rest.length) return there.isDirectory() ? walk(path, rest, true, found) : undefined;
  found.add(path);
  if (found.size > mostPaths) throw new OptionError('LIST', `a pattern of at most ${mostPaths} paths`, path);
}

const inside = (folder: string, name: string, prefixed: boolean) => (prefixed ? join(folder, name) : name);

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true }).catch(() => []);

/** Of one name, or of a whole key with `deep`, in which `*` stops at a slash and `**` does not. */
export function expression(pattern: string, deep = false): RegExp {
  let text = '';
  let braces = 0;
  for (let i = 0; i < pattern.length; i++) {
    const letter = pattern[i];
    if (letter === '*' && deep && pattern.startsWith('**/', i)) {
      text += '(?:.*/)?';
      i += 2;
    } else if (letter === '*' && deep && pattern[i + 1] === '*') {
      text += '.*';
      i += 1;
    } else if (letter === '*') text += '[^/]*';
    else if (letter === '?') text += '[^/]';
    else if (letter === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) text += '\\[';
      else {
        const inner = pattern.slice(i + 1, end).replace(/\\/g, '\\\\');
        text += `[${inner.startsWith('!') ? `^${inner.slice(1)}` : inner}]`;
        i = end;
      }
    } else if (letter === '{' && pattern.indexOf('}', i) > 0) {
      text += '(?:';
      braces++;
    } else if (letter === '}' && braces > 0) {
      text += ')';
      braces--;
    } else if (letter === ',' && braces > 0) text += '|';
    else text += letter.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return new RegExp(`^${text}$`, 'su');
}
