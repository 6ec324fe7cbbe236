import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What Yarn's own file does, as far as a program can see: it says that it is there, and answers for `pnpapi`. */
const resolver = `
const Module = require('node:module');
process.versions.pnp = '3';
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => (request === 'pnpapi' ? __filename : resolve(request, ...rest));
const places = { a: '/nowhere/cache/a-1.zip/node_modules/a/', b: __dirname + '/unplugged/b/' };
module.exports = {
  getAllLocators: () => [{ name: 'a' }, { name: 'b' }, { name: 'gone' }],
  getPackageInformation: ({ name }) => (places[name] ? { packageLocation: places[name] } : null),
};
require('node:fs').appendFileSync(__dirname + '/loaded.txt', process.argv[1] + '\\n');
`;

const program = (body: string) => `
import { ${body.match(/\w+(?=\()/)?.[0]} } from ${JSON.stringify(join(root, 'dist/index.js'))};
console.log(${body});
`;

let app = '';
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'spikelab-pnp-'));
  writeFileSync(join(app, '.pnp.cjs'), resolver);
  copyFileSync(join(root, 'fixtures/nwb/full.nwb'), join(app, 'full.nwb'));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

describe("Yarn's Plug'n'Play", () => {
  it('is loaded into the child of an isolated load, which finds its packages by it alone', () => {
    writeFileSync(join(app, 'app.mjs'), program("(await loadSpikeDataFromNwb('full.nwb', { isolate: true })).N"));
    const words = ['--require', './.pnp.cjs', 'app.mjs'];
    expect(execFileSync(process.execPath, words, { cwd: app, encoding: 'utf8' })).toBe('3\n');
    const loaded = readFileSync(join(app, 'loaded.txt'), 'utf8').trim().split('\n');
    expect(loaded.map((script) => script.split('/').at(-1))).toEqual(['app.mjs', 'isolated-child.js']);
  }, 60_000);

  it('has its archives and unplugged packages among what a child may read', () => {
    const module = JSON.stringify(join(root, 'dist/loading/isolate/plug-and-play.js'));
    writeFileSync(
      join(app, 'folders.mjs'),
      `import { plugAndPlayFolders } from ${module};\nconsole.log(JSON.stringify(plugAndPlayFolders()));`,
    );
    const said = execFileSync(process.execPath, ['--require', './.pnp.cjs', 'folders.mjs'], {
      cwd: app,
      encoding: 'utf8',
    });
    expect(JSON.parse(said).sort()).toEqual(['/nowhere/cache', app, join(app, 'unplugged')].sort());
  });
});
