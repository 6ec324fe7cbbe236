// The addon of one target: linked against the static libraries, and checked for what it needs of the system.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonSources, headerFolders } from '../build-native.mjs';
import { root, run } from '../steps.mjs';
import { cmake, toolchain } from './libraries.mjs';
import { allowedLibraries, newestGlibc } from './targets.mjs';
import { cpuModelObject } from './zig.mjs';

/** Builds npm/<name>/spikelab.node and writes beside it the hash of the sources that it was made from. */
export function buildAddon(target, prefix, tools, folder, { tests = false } = {}) {
  const sources = addonSources();
  const build = join(folder, 'addon');
  mkdirSync(build, { recursive: true });
  const link = ['-static-libstdc++', '-static-libgcc', '-Wl,--gc-sections', '-s'];
  if (target.cpu === 'x64') link.push(cpuModelObject(folder));
  cmake(root, build, [
    ...toolchain(target, tools),
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${build}`,
    `-DSPIKELAB_STATIC=${prefix}`,
    `-DSPIKELAB_HEADERS=${headerFolders().join(';')}`,
    `-DSPIKELAB_TESTS=${tests ? 'ON' : 'OFF'}`,
    `-DCMAKE_SHARED_LINKER_FLAGS=${link.join(' ')}`,
    `-DCMAKE_EXE_LINKER_FLAGS=${target.cpu === 'x64' ? cpuModelObject(folder) : ''}`,
    '-DCMAKE_CXX_FLAGS=-ffunction-sections -fdata-sections',
  ]);
  if (tests) run('ctest', ['--output-on-failure', '--timeout', '1800'], { cwd: build });
  const addon = join(root, 'npm', target.name, 'spikelab.node');
  copyFileSync(join(build, 'spikelab.node'), addon);
  checkAddon(target, addon);
  if (addonSources() !== sources)
    throw new Error('the sources changed while the addon was built: run npm run prebuilds again');
  writeFileSync(join(root, 'npm', target.name, 'sources.sha256'), `${sources}\n`);
  return addon;
}

/** Ends with an error where the addon needs more than the C library, a newer glibc, or shows names that are not its own. */
function checkAddon(target, addon) {
  const dynamic = execFileSync('readelf', ['-W', '--dynamic', '--dyn-syms', '--version-info', addon], {
    encoding: 'utf8',
  });
  const needed = [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
  const strangers = needed.filter((name) => !allowedLibraries.test(name));
  if (strangers.length) throw new Error(`${addon} must need the C library alone, it needs ${strangers}`);
  const exported = [...dynamic.matchAll(/(?:GLOBAL|WEAK)\s+DEFAULT\s+\d+\s+(\S+)/g)].map(([, name]) => name);
  const wanted = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
  if (exported.sort().join() !== wanted.join())
    throw new Error(`${addon} must export ${wanted}, it exports ${exported}`);
  const versions = [...dynamic.matchAll(/GLIBC_(\d+\.\d+)/g)].map(([, version]) => version);
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest && newest.localeCompare(newestGlibc, 'en', { numeric: true }) > 0)
    throw new Error(`${addon} must run on glibc ${newestGlibc}, it needs ${newest}`);
  if (!/NODELETE/.test(dynamic)) throw new Error(`${addon} must be marked as never unloaded (-z nodelete)`);
  const megabytes = (statSync(addon).size / 1e6).toFixed(1);
  console.error(`spikelab: ${target.name}: ${megabytes} MB, needs ${needed.join(', ')}, glibc ${newest ?? 'none'}`);
}
