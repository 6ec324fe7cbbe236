// zlib, libdeflate and HDF5 for one target, static and position independent, in one prefix.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../steps.mjs';

/** CMake's words for a target's compiler. */
export function toolchain(target, tools) {
  const words = [
    '-DCMAKE_BUILD_TYPE=Release',
    `-DCMAKE_C_COMPILER=${tools}/cc`,
    `-DCMAKE_CXX_COMPILER=${tools}/c++`,
    `-DCMAKE_AR=${tools}/ar`,
    `-DCMAKE_RANLIB=${tools}/ranlib`,
  ];
  if (target.processor) {
    words.push('-DCMAKE_SYSTEM_NAME=Linux', `-DCMAKE_SYSTEM_PROCESSOR=${target.processor}`);
    words.push(`-DCMAKE_CROSSCOMPILING_EMULATOR=${target.emulator};-L;/usr/${target.processor}-linux-gnu`);
  }
  return words;
}

export function cmake(source, build, words) {
  run('cmake', ['-S', source, '-B', build, ...words]);
  run('cmake', ['--build', build, '--parallel', String(process.env.SPIKELAB_JOBS ?? 2)]);
}

export function buildLibraries(target, sources, tools, folder) {
  const prefix = join(folder, 'prefix');
  const mark = join(prefix, '.built');
  if (existsSync(mark)) return prefix;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  buildZlib(sources.zlib, tools, join(folder, 'zlib'), prefix);
  const common = [
    ...toolchain(target, tools),
    `-DCMAKE_INSTALL_PREFIX=${prefix}`,
    '-DCMAKE_INSTALL_LIBDIR=lib',
    ...hidden,
  ];
  const libdeflate = join(folder, 'libdeflate');
  cmake(sources.libdeflate, libdeflate, [
    ...common,
    '-DLIBDEFLATE_BUILD_SHARED_LIB=OFF',
    '-DLIBDEFLATE_BUILD_GZIP=OFF',
  ]);
  run('cmake', ['--install', libdeflate]);
  const hdf5 = join(folder, 'hdf5');
  cmake(sources.hdf5, hdf5, [...common, ...hdf5Options(prefix)]);
  run('cmake', ['--install', hdf5]);
  writeFileSync(mark, '');
  return prefix;
}

const hidden = ['-DCMAKE_POSITION_INDEPENDENT_CODE=ON', '-DCMAKE_C_VISIBILITY_PRESET=hidden'];

// its own configure script: CMake's always builds the shared library too
function buildZlib(source, tools, build, prefix) {
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  const env = {
    ...process.env,
    CC: `${tools}/cc`,
    AR: `${tools}/ar`,
    RANLIB: `${tools}/ranlib`,
    CFLAGS: '-O3 -fPIC -fvisibility=hidden',
  };
  run(join(source, 'configure'), ['--static', `--prefix=${prefix}`], { cwd: build, env });
  run('make', ['libz.a'], { cwd: build, env });
  run('make', ['install'], { cwd: build, env });
}

// The C library alone, thread-safe as Debian's is; nothing that reads the network.
const hdf5Options = (prefix) => [
  '-DBUILD_SHARED_LIBS=OFF',
  '-DBUILD_STATIC_LIBS=ON',
  '-DBUILD_TESTING=OFF',
  '-DHDF5_BUILD_TOOLS=OFF',
  '-DHDF5_BUILD_UTILS=OFF',
  '-DHDF5_BUILD_EXAMPLES=OFF',
  '-DHDF5_BUILD_HL_LIB=OFF',
  '-DHDF5_BUILD_CPP_LIB=OFF',
  '-DHDF5_BUILD_FORTRAN=OFF',
  '-DHDF5_BUILD_DOC=OFF',
  '-DHDF5_ENABLE_THREADSAFE=ON',
  '-DHDF5_ENABLE_SZIP_SUPPORT=OFF',
  '-DHDF5_ENABLE_ROS3_VFD=OFF',
  '-DHDF5_ENABLE_NONSTANDARD_FEATURE_FLOAT16=OFF',
  '-DHDF5_ENABLE_Z_LIB_SUPPORT=ON',
  `-DZLIB_INCLUDE_DIR=${prefix}/include`,
  `-DZLIB_LIBRARY=${prefix}/lib/libz.a`,
  '-DZLIB_USE_EXTERNAL=OFF',
];
