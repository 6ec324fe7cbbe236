// What files of TypeScript, JavaScript and C++ take from each other and give to each other, read by patterns: enough for the forms that
// the formatters leave, and free of a compiler.
import { dirname, posix } from 'node:path';

/** Comments may hold example imports: they go first. Texts stay, since the specifiers are texts. */
export const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

/** What a file imports: [{ from: path of the file in the tree, names: names or ['*'] }]. */
export function importsOf(file, text, known) {
  const found = [];
  const add = (specifier, names) => {
    if (!specifier.startsWith('.')) return;
    const path = posix.normalize(posix.join(dirname(file), specifier));
    const from = [path.replace(/\.js$/, '.ts'), path].find((candidate) => known.has(candidate));
    if (from) found.push({ from, names });
  };
  const named =
    /\b(?:import|export)\s+(?:type\s+)?(\*(?:\s+as\s+\w+)?|(?:[\w$]+\s*,\s*)?\{[^}]*\}|[\w$]+)\s+from\s+['"]([^'"]+)['"]/g;
  for (const [, clause, specifier] of text.matchAll(named)) add(specifier, namesIn(clause));
  for (const [, specifier] of text.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g)) add(specifier, ['*']);
  for (const [, specifier] of text.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)) add(specifier, ['*']);
  return found;
}

/** The files of native/ that a C++ file includes: beside it, or by their path below native/. */
export function includesOf(file, text, known) {
  return [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].flatMap(([, name]) => {
    const candidates = [posix.normalize(posix.join(dirname(file), name)), `native/${name}`];
    return candidates.find((candidate) => known.has(candidate)) ?? [];
  });
}

function namesIn(clause) {
  const braces = /\{([^}]*)\}/.exec(clause);
  if (!braces) return ['*'];
  const name = (part) =>
    part
      .trim()
      .replace(/^type\s+/, '')
      .split(/\s+as\s+/)[0];
  return braces[1].split(',').map(name).filter(Boolean);
}

const exportedNames = (clause) =>
  clause
    .slice(1, -1)
    .split(',')
    .map((part) => part.trim().split(/\s+/).at(-1))
    .filter(Boolean);

/**
 * Exported values, values and types of other files that are handed on, and exported types that not even their own file mentions
 * again (others name the shape of an argument).
 */
export function exportsOf(text) {
  const values = /^export\s+(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|enum)\s+([\w$]+)/gm;
  const types = /^export\s+(?:declare\s+)?(?:interface|type)\s+([\w$]+)/gm;
  const mentioned = (name) => (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1;
  const lists = [...text.matchAll(/^export\s+(?:type\s+)?(\{[^}]*\})/gm)].flatMap(([, clause]) =>
    exportedNames(clause),
  );
  return [
    ...lists,
    ...[...text.matchAll(values)].map(([, name]) => name),
    ...[...text.matchAll(types)].map(([, name]) => name).filter((name) => !mentioned(name)),
  ];
}

/** Sets of files that reach each other (Tarjan's strongly connected components of more than one file). */
export function circlesIn(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const onStack = new Set();
  const circles = [];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node), low.get(next)));
      } else if (onStack.has(next)) low.set(node, Math.min(low.get(node), index.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = [];
    let last;
    do {
      last = stack.pop();
      onStack.delete(last);
      circle.push(last);
    } while (last !== node);
    if (circle.length > 1 || graph.get(node)?.has(node)) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}
