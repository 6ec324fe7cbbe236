import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { platformName } from '../../lib/addon/locate.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const addon = join(root, 'build/Release/spikelab.node');
const packaged = `@spikelab/${platformName()}`;

/** An app with spikelab as it is published: without the sources and without an addon of its own. */
let app = '';
let home = '';
beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'spikelab-locate-'));
  home = join(app, 'node_modules/spikelab');
  mkdirSync(home, { recursive: true });
  cpSync(join(root, 'dist'), join(home, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));
beforeEach(() => {
  for (const path of ['node_modules/@spikelab', 'node_modules/spikelab/build'])
    rmSync(join(app, path), { recursive: true, force: true });
  cpSync(join(root, 'package.json'), join(home, 'package.json'));
});

function installPlatform(file: string | null) {
  const folder = join(app, 'node_modules', packaged);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: packaged, version }));
  if (file) cpSync(file, join(folder, 'spikelab.node'));
  else writeFileSync(join(folder, 'spikelab.node'), 'not an addon');
}

const { SPIKELAB_ADDON: _, ...withoutAddon } = process.env;

/** What a program that needs the addon prints: `true`, or code and sentence of the error. */
function detect(env: Record<string, string> = {}): string {
  const program = `import('spikelab').then(({ designButterworth }) => {
    console.log(designButterworth({ fsHz: 1000, highcut: 100, lowcut: 10 }) !== undefined);
  }).catch((error) => console.log(error.code, error.message, JSON.stringify(error.advice)));`;
  return execFileSync(process.execPath, ['-e', program], {
    cwd: app,
    encoding: 'utf8',
    env: { ...withoutAddon, ...env },
  });
}

describe('the addon', () => {
  it('is taken from the package of the platform', () => {
    installPlatform(addon);
    expect(detect()).toBe('true\n');
  });

  it('is asked for with the command that installs it, where it was left out', () => {
    const said = detect();
    expect(said).toContain('ERR_ADDON_LOAD The native addon of spikelab is not installed');
    expect(said).toContain(`["npm install ${packaged}@${version}"]`);
    const { status, stdout } = spawnSync(process.execPath, [join(home, 'dist/cli/main.js'), 'doctor'], {
      encoding: 'utf8',
      env: withoutAddon,
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^MISSING {2}addon: /m);
    expect(stdout).toContain(`→ npm install ${packaged}@${version}\n`);
  });

  it('that does not load is told with the reason and how to build one', () => {
    installPlatform(null);
    expect(detect()).toMatch(
      /ERR_ADDON_LOAD The native addon of spikelab at .* could not be loaded \(.*\["npx spikelab build"\]/,
    );
  });

  it('of another version is refused', () => {
    installPlatform(addon);
    const path = join(home, 'package.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), version: '9.9.9' }));
    expect(detect()).toContain(`must be of version 9.9.9, as its JavaScript is, found ${version}`);
  });

  it('that was built here wins, and SPIKELAB_ADDON over both', () => {
    installPlatform(null);
    const built = join(home, 'build/Release');
    mkdirSync(built, { recursive: true });
    cpSync(addon, join(built, 'spikelab.node'));
    expect(detect()).toBe('true\n');
    expect(detect({ SPIKELAB_ADDON: '/nowhere.node' })).toContain(
      'addon of spikelab at /nowhere.node could not be loaded',
    );
  });
});
