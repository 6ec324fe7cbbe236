/**
 * Where the addon lies: the one that SPIKELAB_ADDON names, else one built here, else the package of this platform, which
 * package managers install beside this one as an optional dependency.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const home = new URL('../../', import.meta.url);

/** Platforms with a package of their own; the same names are the folders of npm/. */
export const packagedPlatforms: readonly string[] = ['linux-x64', 'linux-arm64', 'linuxmusl-x64', 'linuxmusl-arm64'];

export const packageVersion: string = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')).version;

/** `linux-x64`, `linuxmusl-arm64`, `darwin-arm64`. */
export function platformName(): string {
  const musl = process.platform === 'linux' && interpreterOf(process.execPath).includes('/ld-musl-') ? 'musl' : '';
  return `${process.platform}${musl}-${process.arch}`;
}

/** The loader that a program asks for, which tells its C library: named within the first 4 kB of an ELF file. */
function interpreterOf(program: string): string {
  const start = Buffer.alloc(4096);
  try {
    const fd = openSync(program, 'r');
    try {
      readSync(fd, start, 0, start.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
  return /\/lib\d*\/ld-[\w.-]+/.exec(start.toString('latin1'))?.[0] ?? '';
}

export function builtAddon(): string {
  return fileURLToPath(new URL('build/Release/spikelab.node', home));
}

export const platformPackage = (): string => `@spikelab/${platformName()}`;

/** The file to load, or undefined where there is none. */
export function locateAddon(): string | undefined {
  if (process.env.SPIKELAB_ADDON) return process.env.SPIKELAB_ADDON;
  if (existsSync(builtAddon())) return builtAddon();
  try {
    return require.resolve(`${platformPackage()}/spikelab.node`);
  } catch {
    return undefined;
  }
}

/** Commands that give this installation an addon that loads. */
export function advice(): string[] {
  if (existsSync(new URL('lib/index.ts', home))) return ['npm run build'];
  if (packagedPlatforms.includes(platformName())) return [`${addCommand()} ${platformPackage()}@${packageVersion}`];
  return ['npx spikelab build'];
}

/** How the package manager that installed this package adds another. */
function addCommand(): string {
  if (process.versions.pnp) return 'yarn add';
  if (process.versions.bun) return 'bun add';
  return home.href.includes('/.pnpm/') ? 'pnpm add' : 'npm install';
}
