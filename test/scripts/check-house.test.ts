import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

type Files = Record<string, string>;

const script = new URL('../../scripts/check-house.mjs', import.meta.url).href;
const { checkHouse } = (await import(script)) as {
  checkHouse(root: string): { faults: string[]; circles: number; files: number };
};

const trees: string[] = [];
afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

function tree(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'house-'));
  trees.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const b = 'export interface B {}\n';
const long = { 'native/signal/long.cpp': '\n'.repeat(251) };
const bad: [what: string, files: Files, message: RegExp][] = [
  [
    'an import of a floor above',
    { 'lib/core/a.ts': "import { B } from '../io/b.js';\n", 'lib/io/b.ts': b },
    /^lib\/core\/a\.ts: imports lib\/io\/b\.ts, which lies on a floor above it$/,
  ],
  [
    'the same of a type only',
    { 'lib/core/a.ts': "import type { B } from '../io/b.js';\n", 'lib/io/b.ts': b },
    /floor above/,
  ],
  ['the same behind import()', { 'lib/core/a.ts': "await import('../io/b.js');\n", 'lib/io/b.ts': b }, /floor above/],
  [
    'a circle of types',
    {
      'lib/io/a.ts': "import type { B } from './b.js';\nexport type A = B;\n",
      'lib/io/b.ts': "import type { A } from './a.js';\nexport type B = A;\n",
    },
    /^circle of 2 files: lib\/io\/a\.ts ⇄ lib\/io\/b\.ts$/,
  ],
  [
    'a format that imports another',
    { 'lib/formats/mcs/a.ts': "import { B } from '../nwb/b.js';\n", 'lib/formats/nwb/b.ts': b },
    /a format imports another one's lib\/formats\/nwb\/b\.ts/,
  ],
  [
    'the same of a type only',
    { 'lib/formats/mcs/a.ts': "import type { B } from '../nwb/b.js';\n", 'lib/formats/nwb/b.ts': b },
    /a format imports another one's/,
  ],
  ['an export that nobody uses', { 'lib/core/a.ts': 'export const lonely = 1;\n' }, /exports lonely, which no other/],
  [
    'what is handed on and nobody takes',
    { 'lib/core/a.ts': "export { b as c } from './b.js';\n", 'lib/core/b.ts': 'export const b = 1;\n' },
    /^lib\/core\/a\.ts: exports c, which no other/,
  ],
  [
    'an include of a floor above',
    { 'native/io/a.cpp': '#include "hdf5/library/b.h"\n', 'native/hdf5/library/b.h': '' },
    /^native\/io\/a\.cpp: includes native\/hdf5\/library\/b\.h, which lies on a floor above it$/,
  ],
  [
    'a circle of headers',
    {
      'native/hdf5/library/a.h': '#include "hdf5/values/b.h"\n',
      'native/hdf5/values/b.h': '#include "../library/a.h"\n',
    },
    /^circle of 2 files: native\/hdf5\/library\/a\.h ⇄ native\/hdf5\/values\/b\.h$/,
  ],
  [
    "Node's headers in what is tested without Node",
    { 'native/spikes/a.cpp': '#include <napi.h>\n' },
    /^native\/spikes\/a\.cpp: includes Node's headers/,
  ],
  ['a room that native has not', { 'native/misc/a.h': '' }, /native\/misc\/a\.h: lies in no room of native/],
  ['a room that the house has not', { 'lib/misc/a.ts': 'const a = 1;\n' }, /lib\/misc\/a\.ts: lies in no room/],
  ['a long file', long, /^native\/signal\/long\.cpp: 251 lines, above 250/],
  [
    'an exception without a reason',
    { ...long, 'scripts/house-exceptions.json': '{"native/signal/long.cpp": ""}' },
    /has no reason/,
  ],
  [
    'an exception that is not needed',
    { 'scripts/house-exceptions.json': '{"lib/a.ts": "it was long once"}' },
    /needs no exception/,
  ],
];

describe('the check of the house', () => {
  it('passes a tree that keeps the rules', () => {
    const root = tree({
      'lib/core/units.ts': 'export const ms = 1;\n',
      'lib/io/source.ts': "import { ms } from '../core/units.js';\nexport const source = ms;\n",
      'lib/index.ts': "export { source } from './io/source.js';\n",
      'native/io/a.h': '#include "core/b.h"\n',
      'native/core/b.h': '#include "c.h"\n',
      'native/core/c.h': '#include <vector>\n',
      'native/bindings/d.cpp': '#include <napi.h>\n#include "io/a.h"\n',
    });
    expect(checkHouse(root)).toEqual({ faults: [], circles: 0, files: 7 });
  });

  it.each(bad)('finds %s, and nothing else', (_what, files, message) => {
    const { faults } = checkHouse(tree(files));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(message);
  });

  it('takes an example in a comment for no import', () => {
    const comment = "/** import { B } from '../io/b.js'; */\n// import { B } from '../io/b.js';\nconst a = 1;\n";
    expect(checkHouse(tree({ 'lib/core/a.ts': comment, 'lib/io/b.ts': 'const b = 1;\n' })).faults).toEqual([]);
  });
});
