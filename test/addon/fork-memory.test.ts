import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { native } from '../../lib/addon/binding.js';

/** Bytes of this process's mappings that a child would not have: flag dc, "do not copy on fork", of smaps. */
function keptBytes(): number {
  const maps = readFileSync('/proc/self/smaps', 'latin1').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
  const kept = maps.filter((map) => /^VmFlags:.* dc( |$)/m.test(map) && !/\[v|\/dev\//.test(map));
  return kept.reduce((sum, map) => sum + 1024 * Number(/^Size:\s+(\d+)/m.exec(map)?.[1] ?? 0), 0);
}

it.skipIf(process.platform !== 'linux')(
  'large arrays of the addon stay out of a child that runs another program, and only then',
  () => {
    const large = new Float64Array(native().largeBytes(2 ** 27).buffer).fill(1.5);
    const before = keptBytes();
    expect(native().keepFromChildren(true)).toBe(large.byteLength);
    expect(keptBytes() - before).toBeGreaterThanOrEqual(large.byteLength);
    // its arguments, environment and channels reach it all the same
    expect(
      execFileSync('/bin/sh', ['-c', 'cat; echo "$GIVEN $0"', 'zero'], { input: 'in ', env: { GIVEN: 'env' } }),
    ).toEqual(Buffer.from('in env zero\n'));
    expect(native().keepFromChildren(false)).toBe(large.byteLength);
    // V8 keeps some of its own pages from children, too, and goes on making some
    expect(Math.abs(keptBytes() - before)).toBeLessThan(large.byteLength / 8);
    expect(large.every((value) => value === 1.5)).toBe(true);
  },
);

it('arrays that anybody else made stay in: the system joins them to memory that a new child touches', () => {
  const others = new Float64Array(2 ** 24).fill(1.5);
  const smaller = native()
    .largeBytes(2 ** 24)
    .fill(1);
  const kept = native().keepFromChildren(true);
  native().keepFromChildren(false);
  // what an earlier test made and nobody has collected yet
  expect([0, 2 ** 27]).toContain(kept);
  expect(others[2 ** 23] + smaller[2 ** 23]).toBe(2.5);
});
