// Makes dist/: the bundled library, its declarations, an entry for require(), and the headers that `npx spikelab build`
// compiles with.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow, root, run } from './steps.mjs';

const dist = join(root, 'dist');
const modules = join(root, 'build/modules');

export function makeDist() {
  for (const folder of [dist, modules]) rmSync(folder, { recursive: true, force: true });
  // comments go into the declarations, which editors show, not into the JavaScript
  for (const words of [['--removeComments', '--declaration', 'false', '--outDir', modules], ['--emitDeclarationOnly']])
    run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json', ...words]);
  run('node', ['scripts/bundle.mjs', modules, dist]);
  chmodSync(join(dist, 'cli/main.js'), 0o755);
  run('node', ['scripts/build-page.mjs']);
  const declarations = declarationsFrom(join(dist, 'index.d.ts'));
  const used = new Set([...declarations, ...declarationsFrom(join(dist, 'server.d.ts'))]);
  for (const file of filesBelow(dist)) if (file.endsWith('.d.ts') && !used.has(file)) rmSync(file);
  makeRequireEntry(declarations);
  copyHeaders();
}

/**
 * dist/cjs: one line that requires the ES module, so that import and require() give the same classes, and copies of the
 * declarations, since TypeScript takes declarations for ES modules or CommonJS by the package.json that is nearest.
 */
function makeRequireEntry(declarations) {
  const cjs = join(dist, 'cjs');
  mkdirSync(cjs);
  writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(join(cjs, 'index.js'), "module.exports = require('../index.js');\n");
  for (const file of declarations) cpSync(file, join(cjs, relative(dist, file)));
}

/** The declarations that the entry needs: those of inner modules are no one's to import. */
function declarationsFrom(entry) {
  const found = new Set([entry]);
  for (const file of found)
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(
      /(?:from |import |import\()['"](\.[^'"]+)\.js['"]/g,
    ))
      found.add(resolve(dirname(file), `${specifier}.d.ts`));
  return found;
}

function copyHeaders() {
  const headers = join(dist, 'headers');
  mkdirSync(headers);
  for (const [name, folder] of [
    ['node-addon-api', '.'],
    ['node-api-headers', 'include'],
  ]) {
    const home = join(root, 'node_modules', name);
    const from = join(home, folder);
    for (const file of readdirSync(from).filter((file) => file.endsWith('.h')))
      cpSync(join(from, file), join(headers, file));
    const license = ['LICENSE.md', 'LICENSE'].find((file) => existsSync(join(home, file)));
    cpSync(join(home, license), join(headers, `LICENSE-${name}`));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeDist();
