// The rules of the house that a script can see: floors, circles, formats that import each other, long files, exports that
// nobody uses; in C++ floors, circles, and Node's headers outside of the bindings. docs/contributing.md says why each stands.
// Prints one line a fault; the exit status is 1 where there are any.
//
//   node scripts/check-house.mjs [ROOT]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { circlesIn, exportsOf, importsOf, includesOf, withoutComments } from './house-imports.mjs';

/** From the ground up: a file imports from its own floor and those below it, never from one above, types included. */
const floors = [
  'core',
  'addon',
  'io',
  'containers',
  'recordings',
  'detection',
  'spike-data',
  'loading',
  'picture',
  'formats',
  'formats/table.ts',
  'api',
  'batch',
  'index.ts',
  'server.ts',
  'cli',
];

/** The same for native/, whose sub-rooms (hdf5/numbers, signal/filter …) share a floor: there only circles of files are looked for. */
const nativeFloors = [
  'core',
  'parallel',
  'io',
  'process',
  'spikes',
  'hdf5',
  'pickle',
  'signal',
  'recordings',
  'bindings',
];

/** The same for packages/server/src. */
const serverFloors = ['core', 'database', 'metrics', 'uploads', 'jobs', 'http', 'server.ts', 'main.ts'];

/** Lines of one file, above which it is probably about two things. */
const maxLines = 250;
const lengthExceptions = 'scripts/house-exceptions.json';

const sourceFolders = ['lib', 'test', 'bench', 'scripts', 'packages'];
const isCode = /\.(ts|mts|mjs|cjs)$/;
const isNative = /\.(cpp|h)$/;

function filesBelow(root, folder, wanted) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !/(^|\/)(node_modules|dist|build)\//.test(file))
    .sort();
}

function floorOf(file) {
  const inside = file.slice('lib/'.length);
  const exact = floors.indexOf(inside);
  return exact >= 0 ? exact : floors.indexOf(inside.split('/')[0]);
}

const formatOf = (file) => /^lib\/formats\/([^/]+)\//.exec(file)?.[1];

function checkFloors(lib, imports, faults) {
  for (const file of lib) {
    const floor = floorOf(file);
    if (floor < 0) {
      faults.push(`${file}: lies in no room of the house; the rooms of lib/ are ${floors.join(', ')}`);
      continue;
    }
    for (const { from } of imports.get(file)) {
      if (!from.startsWith('lib/')) faults.push(`${file}: imports ${from}, which is not part of the package`);
      else if (floorOf(from) > floor) faults.push(`${file}: imports ${from}, which lies on a floor above it`);
      const [mine, theirs] = [formatOf(file), formatOf(from)];
      if (mine && theirs && mine !== theirs) {
        const remedy = 'what both need lies in containers/, loading/ or recordings/';
        faults.push(`${file}: a format imports another one's ${from}; ${remedy}`);
      }
    }
  }
}

function checkServer(server, imports, faults) {
  const floorOf = (file) => serverFloors.indexOf(file.slice('packages/server/src/'.length).split('/')[0]);
  for (const file of server) {
    if (floorOf(file) < 0) faults.push(`${file}: lies in no room of the server; these are ${serverFloors.join(', ')}`);
    for (const { from } of imports.get(file)) {
      if (!from.startsWith('packages/server/')) faults.push(`${file}: imports ${from}; of the library only 'spikelab'`);
      else if (floorOf(from) > floorOf(file)) faults.push(`${file}: imports ${from}, which lies on a floor above it`);
    }
  }
}

function checkNative(native, texts, includes, faults) {
  const floorOf = (file) => nativeFloors.indexOf(file.split('/')[1]);
  for (const file of native) {
    if (floorOf(file) < 0) faults.push(`${file}: lies in no room of native/; these are ${nativeFloors.join(', ')}`);
    for (const from of includes.get(file)) {
      if (floorOf(from) > floorOf(file)) faults.push(`${file}: includes ${from}, which lies on a floor above it`);
    }
    if (!file.startsWith('native/bindings/') && /^\s*#\s*include\s+<(napi|node_api)/m.test(texts.get(file))) {
      faults.push(`${file}: includes Node's headers, which only native/bindings/ may: the rest is tested without Node`);
    }
  }
}

function checkLengths(root, files, faults) {
  const path = join(root, lengthExceptions);
  const exceptions = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const lengths = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8').split('\n').length - 1]));
  for (const [file, lines] of lengths) {
    if (lines > maxLines && exceptions[file] === undefined) {
      faults.push(`${file}: ${lines} lines, above ${maxLines}: split it, or give the reason in ${lengthExceptions}`);
    }
  }
  for (const [file, reason] of Object.entries(exceptions)) {
    const needed = (lengths.get(file) ?? 0) > maxLines;
    if (!needed) faults.push(`${lengthExceptions}: ${file} needs no exception any more`);
    if (typeof reason !== 'string' || reason.length < 10) faults.push(`${lengthExceptions}: ${file} has no reason`);
  }
}

function checkUses(lib, texts, imports, faults) {
  const used = new Map();
  for (const found of imports.values()) {
    for (const { from, names } of found) {
      if (!used.has(from)) used.set(from, new Set());
      for (const name of names) used.get(from).add(name);
    }
  }
  for (const file of lib) {
    const names = used.get(file) ?? new Set();
    // what lib/index.ts exports is for users, and test/contract holds it to its list
    if (names.has('*') || file === 'lib/index.ts' || file === 'lib/server.ts') continue;
    for (const name of exportsOf(texts.get(file))) {
      if (!names.has(name)) faults.push(`${file}: exports ${name}, which no other file imports`);
    }
  }
}

/** All faults of the tree at `root`, and how many files and circles there are. */
export function checkHouse(root) {
  const code = sourceFolders.flatMap((folder) => filesBelow(root, folder, isCode));
  const cpp = ['native', 'test/cpp'].flatMap((folder) => filesBelow(root, folder, isNative));
  const lib = code.filter((file) => file.startsWith('lib/'));
  const server = code.filter((file) => file.startsWith('packages/server/src/'));
  const native = cpp.filter((file) => file.startsWith('native/'));
  const known = new Set([...code, ...native]);
  const read = (file) => [file, withoutComments(readFileSync(join(root, file), 'utf8'))];
  const texts = new Map([...code, ...native].map(read));
  const imports = new Map(code.map((file) => [file, importsOf(file, texts.get(file), known)]));
  const includes = new Map(native.map((file) => [file, includesOf(file, texts.get(file), known)]));
  const circles = [
    ...circlesIn(
      new Map([...lib, ...server].map((file) => [file, new Set(imports.get(file).map(({ from }) => from))])),
    ),
    ...circlesIn(new Map(native.map((file) => [file, new Set(includes.get(file))]))),
  ];
  const faults = [];
  checkFloors(lib, imports, faults);
  checkServer(server, imports, faults);
  checkNative(native, texts, includes, faults);
  for (const circle of circles) faults.push(`circle of ${circle.length} files: ${circle.join(' ⇄ ')}`);
  checkLengths(root, [...code, ...cpp], faults);
  checkUses([...lib, ...server], texts, imports, faults);
  return { faults, circles: circles.length, files: lib.length + server.length + native.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
  const { faults, circles, files } = checkHouse(resolve(root));
  for (const fault of faults) console.log(fault);
  console.log(
    `house: ${files} files of lib/, native/ and packages/server/, ${circles} circles, ${faults.length} faults`,
  );
  process.exitCode = faults.length ? 1 : 0;
}
