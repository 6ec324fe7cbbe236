/**
 * Runs every code block of README and docs. JavaScript and TypeScript run as programs of their own, shell blocks under
 * `bash -eu`, all in a folder with the files that they name (workplace.ts).
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, checking, pages, programsOf, root } from './blocks.js';
import { makeWorkplace, type Workplace } from './workplace.js';

let place: Workplace;
beforeAll(async () => {
  place = await makeWorkplace();
});
afterAll(() => place.remove());

async function run(command: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, PATH: `${place.bin}:${process.env.PATH}`, NO_COLOR: '1' };
  const child = spawn(command, args, { cwd: place.folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
}

/** TypeScript, checked against the package's types as a user's compiler does. */
async function compiled(code: string, stem: string): Promise<string> {
  writeFileSync(`${stem}.mts`, code);
  const target = ['--target', 'es2022', '--module', 'nodenext', '--strict', '--skipLibCheck'];
  const types = ['--types', 'node', '--typeRoots', `${root}node_modules/@types`];
  await run(process.execPath, [`${root}node_modules/.bin/tsc`, ...target, ...types, `${stem}.mts`]);
  return readFileSync(`${stem}.mjs`, 'utf8');
}

const counts = { ran: 0, notRun: 0 };
const reasons: string[] = [];

for (const page of pages()) {
  const blocks = blocksOf(page);
  const shell = blocks.filter(({ language, notRun }) => language === 'sh' && !notRun);
  for (const { line, notRun, language } of blocks) {
    if (notRun === null || !['js', 'ts', 'sh'].includes(language)) continue;
    counts.notRun += 1;
    reasons.push(`${page}:${line}: ${notRun}`);
  }
  const programs = programsOf(page);
  if (programs.length + shell.length === 0) continue;
  describe(page, () => {
    it.each(programs)('line $line', async ({ code, line, blocks: count, typescript }) => {
      const stem = join(place.folder, `${page.replaceAll('/', '-')}-${line}`);
      const path = `${stem}.mjs`;
      writeFileSync(path, checking(typescript ? await compiled(code, stem) : code));
      await run(process.execPath, ['--no-warnings', path]);
      counts.ran += count;
    });
    it.each(shell)('line $line', async ({ code }) => {
      await run('bash', ['-euo', 'pipefail', '-c', code]);
      counts.ran += 1;
    });
  });
}

afterAll(() => {
  process.stdout.write(`${counts.ran} code blocks of the docs ran; ${counts.notRun} cannot:\n${reasons.join('\n')}\n`);
});

it('has a language for each block, so that none is passed over', () => {
  const unnamed = pages()
    .flatMap(blocksOf)
    .filter(({ language }) => language === '');
  expect(unnamed.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});
