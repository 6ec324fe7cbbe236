import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

// The package as a program finds it: by its name, in node_modules.
let app = '';
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'spikelab-app-'));
  mkdirSync(join(app, 'node_modules'));
  symlinkSync(root, join(app, 'node_modules/spikelab'), 'dir');
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(app, name), text);
  return join(app, name);
};

describe('the entries of the package', () => {
  it('require() and import give the same classes', () => {
    const program = write(
      'both.cjs',
      `const required = require('spikelab');
import('spikelab').then((imported) => {
  const names = Object.keys(imported);
  console.log(names.length > 30, names.every((name) => required[name] === imported[name]));
});`,
    );
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('true true\n');
  });

  it('tell an old Node.js in one sentence what is needed', () => {
    const program = write(
      'old.cjs',
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.9.0' } });
import('spikelab').catch((error) => console.log(error.name, error.code, error.message));`,
    );
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toMatch(
      /^UnsupportedError ERR_UNSUPPORTED spikelab needs Node\.js 20\.19 or later.*this is 20\.9\.0/,
    );
  });

  // ES modules and CommonJS as TypeScript tells them apart: by the file's ending
  const esm = "import { SpikeData, detectSpikes } from 'spikelab';";
  const cjs =
    "import spikelab = require('spikelab');\nimport SpikeData = spikelab.SpikeData;\nimport detectSpikes = spikelab.detectSpikes;";
  const use = `
export const rates: Float64Array = new SpikeData([new Float64Array([1, 2])], { length: 10 }).rates();
// @ts-expect-error: the types are there, not just any
export const wrong: string = detectSpikes;
`;

  it.each([
    ['node16', 'node16', 'use.mts', esm],
    ['node16', 'node16', 'use.cts', cjs],
    ['nodenext', 'nodenext', 'use.mts', esm],
    ['nodenext', 'nodenext', 'use.cts', cjs],
    ['esnext', 'bundler', 'use.mts', esm],
  ])(
    'has types under --module %s --moduleResolution %s in %s',
    (module, resolution, name, head) => {
      const file = write(name, head + use);
      const words = [
        '--strict',
        '--noEmit',
        '--target',
        'es2022',
        '--module',
        module,
        '--moduleResolution',
        resolution,
      ];
      // the declarations are checked too: skipLibCheck is off
      const { status, stdout } = spawnSync(process.execPath, [tsc, ...words, file], { cwd: app, encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
    180_000,
  );
});
