/** The code blocks of README and docs. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Block {
  readonly page: string;
  /** Of its first line of code. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Why it cannot run here, from `<!-- not run: … -->` above it. */
  readonly notRun: string | null;
}

/** Paths from the root: README.md and every page of docs but the generated reference. */
export function pages(): string[] {
  const found = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' });
  const docs = found.filter((name) => name.endsWith('.md') && !name.startsWith('api/')).map((name) => `docs/${name}`);
  return ['README.md', ...docs.sort()];
}

export const pageText = (page: string): string => readFileSync(`${root}${page}`, 'utf8');

export function blocksOf(page: string): Block[] {
  const lines = pageText(page).split('\n');
  const blocks: Block[] = [];
  let notRun: string | null = null;
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)$/.exec(lines[i]);
    if (!fence) {
      notRun = /^<!-- not run: (.+) -->$/.exec(lines[i])?.[1] ?? (lines[i] === '' ? notRun : null);
      continue;
    }
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: a code block that does not end`);
    blocks.push({ page, line: i + 2, language: fence[1], code: lines.slice(i + 1, end).join('\n'), notRun });
    notRun = null;
    i = end;
  }
  return blocks;
}

/** The JavaScript of a page as programs: a block without an import of its own goes on where the one before it ended. */
export function programsOf(page: string): { line: number; code: string; blocks: number; typescript: boolean }[] {
  const programs: { line: number; code: string; blocks: number; typescript: boolean }[] = [];
  for (const { language, line, code, notRun } of blocksOf(page)) {
    if (!['js', 'ts'].includes(language) || notRun) continue;
    const typescript = language === 'ts';
    const last = programs.at(-1);
    if (last && !/^import /m.test(code)) {
      last.code += `\n${code}`;
      last.blocks += 1;
      last.typescript ||= typescript;
    } else {
      programs.push({ line, code, blocks: 1, typescript });
    }
  }
  return programs;
}

/** `value; // => 3` as a check that inspecting the value prints 3. */
export function checking(code: string): string {
  const lines = code.split('\n').map((line) => {
    const claim = /^(\s*)(?:const (\w+) = )?(.+?); *\/\/ => (.+)$/.exec(line);
    if (!claim) return line;
    const [, space, name, expression, expected] = claim;
    const checked = `__same(${expression}, ${JSON.stringify(expected)})`;
    return `${space}${name ? `const ${name} = ` : ''}${checked};`;
  });
  return `import { inspect as __inspect } from 'node:util';
function __same(value, expected) {
  const found = __inspect(value, { breakLength: Infinity, depth: 6, maxArrayLength: 20 });
  if (found !== expected) throw new Error(\`the page says \${expected}, found \${found}\`);
  return value;
}
${lines.join('\n')}`;
}
