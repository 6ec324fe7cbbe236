// node scripts/try-installs.mjs [WORDS…]: the table of installations. In bare roots (no compiler, CMake, libhdf5 or Node.js) each
// package manager installs the tarballs of build/packages with scripts off, under each Node.js, and works with them
// (scripts/smoke.mjs). As root on Debian, with debootstrap. Words choose among roots, managers and versions: `trixie pnpm 24`. Two roots
// are tried only where they are named: `arm64`, with npm, by qemu-user-static, and `musl`, with Bun.
import { closeRoot, debianRoots, inRoot, openRoot, roots } from './try/roots.mjs';
import { fetchTools, nodes, toolsOf } from './try/tools.mjs';

const managers = ['npm', 'pnpm', 'yarn', 'yarn-pnp', 'bun'];
const words = process.argv.slice(2);
const chosen = (list, otherwise = list) =>
  list.some((name) => words.includes(name)) ? list.filter((name) => words.includes(name)) : otherwise;

/** Which managers and versions a root is tried with. */
function trialsOf(name) {
  if (name === 'musl') return [['bun', 'bun']];
  const tried = chosen(managers, name === 'arm64' ? ['npm'] : managers);
  return tried.flatMap((manager) => chosen(nodes).map((version) => [manager, version]));
}

let failed = 0;
for (const name of chosen(roots, debianRoots)) {
  fetchTools(trialsOf(name).flatMap(([manager, version]) => toolsOf(name, manager, version)));
  const folder = openRoot(name);
  try {
    for (const [manager, version] of trialsOf(name)) {
      const command = ['node', '/repository/scripts/smoke.mjs', '/repository/build/packages', manager];
      const { status, stdout, stderr } = inRoot(name, folder, version, command, { SMOKE_CACHE: '/cache', CI: '1' });
      const did = status === 0 ? stdout.trim() : `${manager}: FAILED ${stderr.trim().slice(-600)}`;
      console.log(`${name} | ${version} | ${did}`);
      if (status !== 0) failed++;
    }
  } finally {
    closeRoot(folder);
  }
}
process.exitCode = failed ? 1 : 0;
