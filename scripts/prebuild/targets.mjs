// The platforms that get a package of their own, npm/<name>, and what each asks of the compiler.

/** Oldest glibc that the addons run on: that of RHEL 8 and Debian 10; Node 20 itself asks for the same. */
const glibc = '2.28';

const linux = (name, cpu, libc, triple, rest = {}) => ({ name, os: 'linux', cpu, libc, triple, defines: [], ...rest });

// zig's clang crashes on the SHA3 instructions of libdeflate's checksums for ARM; they are a path for Apple's processors
const arm = {
  processor: 'aarch64',
  emulator: 'qemu-aarch64-static',
  defines: ['LIBDEFLATE_ASSEMBLER_DOES_NOT_SUPPORT_SHA3'],
};

export const targets = [
  linux('linux-x64', 'x64', 'glibc', `x86_64-linux-gnu.${glibc}`),
  linux('linuxmusl-x64', 'x64', 'musl', 'x86_64-linux-musl'),
  linux('linux-arm64', 'arm64', 'glibc', `aarch64-linux-gnu.${glibc}`, arm),
  linux('linuxmusl-arm64', 'arm64', 'musl', 'aarch64-linux-musl', arm),
];

/** Libraries that an addon may need of the system: the C library and nothing else. */
export const allowedLibraries =
  /^(lib(c|m|dl|pthread|rt)\.so\.\d+|libc\.so|libc\.musl-[a-z0-9_]+\.so\.1|ld-linux-(x86-64|aarch64)\.so\.\d)$/;

export const newestGlibc = glibc;
