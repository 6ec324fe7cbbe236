// A root with nothing but musl (Debian's package), busybox, and what Bun's build for musl needs beside them: libstdc++, which Debian
// has for glibc alone. It asks glibc for seven names that musl has not; a small library answers for these.
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installZig } from '../prebuild/zig.mjs';
import { root, run } from '../steps.mjs';

const shim = `#define _GNU_SOURCE
#include <locale.h>
#include <stddef.h>
#include <sys/random.h>
#include <time.h>
char __libc_single_threaded = 0;
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;
int __cpu_indicator_init(void) { return 0; }
size_t __strftime_l(char *s, size_t n, const char *f, const struct tm *t, locale_t l) { return strftime_l(s, n, f, t, l); }
unsigned arc4random(void) { unsigned v = 0; getrandom(&v, sizeof v, 0); return v; }
int _dl_find_object(void *address, void *result) { return -1; }
int __cxa_thread_atexit_impl(void (*run)(void *), void *object, void *library) { return 0; }
`;

export function makeMuslRoot(folder) {
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'musl', 'busybox-static']);
  for (const each of ['bin', 'usr/bin', 'lib', 'usr/lib', 'etc']) mkdirSync(join(folder, each), { recursive: true });
  copyFileSync('/lib/x86_64-linux-musl/libc.so', join(folder, 'lib/ld-musl-x86_64.so.1'));
  symlinkSync('ld-musl-x86_64.so.1', join(folder, 'lib/libc.musl-x86_64.so.1'));
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  run('chroot', [folder, '/bin/busybox', '--install', '-s', '/bin']);
  symlinkSync('/bin/busybox', join(folder, 'usr/bin/env'));
  copyFileSync('/usr/lib/x86_64-linux-gnu/libstdc++.so.6', join(folder, 'usr/lib/libstdc++.so.6'));
  copyFileSync('/lib/x86_64-linux-gnu/libgcc_s.so.1', join(folder, 'usr/lib/libgcc_s.so.1'));
  const source = join(folder, 'shim.c');
  writeFileSync(source, shim);
  const prebuild = join(root, 'build/prebuild');
  const words = ['-target', 'x86_64-linux-musl', '-O1', '-fPIC', '-shared', '-Wl,-soname,ld-linux-x86-64.so.2'];
  run(installZig(prebuild), ['cc', ...words, '-o', join(folder, 'usr/lib/ld-linux-x86-64.so.2'), source], {
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(prebuild, 'zig-cache') },
  });
}
