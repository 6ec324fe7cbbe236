// Roots for scripts/try-installs.mjs and scripts/try-clone.mjs: bare Debian ones, in which there is no compiler, CMake, libhdf5 or Node.js, and
// one of musl. Roots, Node.js and package managers are fetched once, into build/try-installs, and mounted read-only; what a trial
// writes goes into a layer of its own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from '../steps.mjs';
import { makeMuslRoot } from './musl-root.mjs';
import { home, pathOf, tools } from './tools.mjs';

const cache = join(home, 'registry');
// of networks that have an authority of their own
const certificates = process.env.NODE_EXTRA_CA_CERTS;
const archive = 'http://deb.debian.org/debian';

const debian = (suite, make = makeDebianRoot) => ({ suite, make });
const makers = {
  bookworm: debian('bookworm'),
  trixie: debian('trixie'),
  // run by qemu-user-static, which its package registers with the kernel where binfmt_misc is mounted
  arm64: debian('bookworm', makeArmRoot),
  musl: { make: makeMuslRoot },
};
export const roots = Object.keys(makers);
export const debianRoots = ['bookworm', 'trixie'];

function makeDebianRoot(folder, suite) {
  run('debootstrap', ['--variant=minbase', '--include=ca-certificates', suite, folder, archive]);
}

/** Unpacked, not configured: that takes minutes under an emulator, and programs run without it. */
function makeArmRoot(folder, suite) {
  const words = ['--foreign', '--arch=arm64', '--variant=minbase', '--include=ca-certificates,libstdc++6'];
  run('debootstrap', [...words, suite, folder, archive]);
  const downloads = join(folder, 'var/cache/apt/archives');
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb')))
    run('dpkg-deb', ['--extract', join(downloads, file), folder]);
}

function bareRoot(name) {
  const folder = join(home, 'roots', name);
  const mark = join(folder, '.made');
  if (existsSync(mark)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  makers[name].make(folder, makers[name].suite);
  writeFileSync(mark, '');
  return folder;
}

const mounts = { tools, repository: root };

/** A fresh root over a bare one: what is written goes into a layer that the next trial does not see. */
export function openRoot(name) {
  mkdirSync(cache, { recursive: true });
  const below = bareRoot(name);
  const layer = join(home, 'layers', name);
  rmSync(layer, { recursive: true, force: true });
  const [upper, work, folder] = ['upper', 'work', 'root'].map((part) => join(layer, part));
  for (const each of [upper, work, folder]) mkdirSync(each, { recursive: true });
  run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${below},upperdir=${upper},workdir=${work}`, folder]);
  for (const each of ['etc', 'proc', 'dev', 'tmp', 'root']) mkdirSync(join(folder, each), { recursive: true });
  for (const file of ['/etc/resolv.conf', ...(certificates ? [certificates] : [])]) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), readFileSync(file));
  }
  for (const [point, from] of Object.entries(mounts)) {
    mkdirSync(join(folder, point), { recursive: true });
    run('mount', ['--bind', from, join(folder, point)]);
    run('mount', ['-o', 'remount,bind,ro', join(folder, point)]);
  }
  run('mount', ['-t', 'proc', 'proc', join(folder, 'proc')]);
  run('mount', ['--bind', '/dev', join(folder, 'dev')]);
  mkdirSync(join(folder, 'cache'), { recursive: true });
  run('mount', ['--bind', cache, join(folder, 'cache')]);
  return folder;
}

export function closeRoot(folder) {
  for (const point of ['cache', 'dev', 'proc', ...Object.keys(mounts), ''])
    spawnSync('umount', ['--lazy', join(folder, point)]);
}

/** Runs a command in a root, under one of the Node.js versions; `user` is a name of the root's own /etc/passwd. */
export function inRoot(name, folder, version, command, { user, ...given } = {}) {
  const trusted = certificates ? { NODE_EXTRA_CA_CERTS: certificates, SSL_CERT_FILE: certificates } : {};
  const env = { PATH: pathOf(name, version), HOME: user ? `/home/${user}` : '/root', ...trusted, ...given };
  const words = ['/usr/bin/env', '-i', ...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...command];
  const become = user ? [`--userspec=${user}:${user}`] : [];
  return spawnSync('chroot', [...become, folder, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
}
