/** Counters between other bytes, one or several a record, fewer and more than are read one by one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/index.js';
import { withPartFile } from '../../lib/io/part-file.js';
import { countersAt, findJumps } from '../../lib/recordings/counters.js';
import { GapFinder } from '../../lib/recordings/gaps.js';
import { contextOf } from './layout-context.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-counters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Counters that rise by 3, in records of `perRecord` between other bytes; before those at `jumps` so many steps are missing. */
function write(name: string, count: number, perRecord: number, jumps: Record<number, number>) {
  const path = join(folder, name);
  const [head, tail, start] = [5, 2, 11];
  const stride = head + 4 * perRecord + tail;
  const bytes = Buffer.alloc(start + stride * Math.ceil(count / perRecord), 0x7e);
  for (let i = 0, value = 1000; i < count; i++, value += 3) {
    value += 3 * (jumps[i] ?? 0);
    bytes.writeUInt32LE(value, start + stride * Math.floor(i / perRecord) + head + 4 * (i % perRecord));
  }
  writeFileSync(path, bytes);
  return { path, lying: { start: start + head, stride, perRecord, bytes: 4, count } };
}

const value = (bytes: Buffer, at: number) => bytes.readUInt32LE(at);

async function jumpsIn({ path, lying }: ReturnType<typeof write>, samples = 0) {
  const context = { ...contextOf(folder), options: { gapToleranceMs: 1e9 } };
  const finder = new GapFinder(path, 3, 1, context);
  await withPartFile(path, (file) => findJumps({ ...lying, file, value }, 3, finder, { samples }));
  return finder.check().map(({ sample, missing, ms }) => [sample, missing, ms]);
}

describe('jumps of counters', () => {
  // 2^14 are read at once, 2^18 are read one by one
  for (const count of [1, 2, 3, 16_384, 16_385, 16_386, 262_144, 262_145, 400_000]) {
    for (const perRecord of [1, 60]) {
      it(`are found among ${count}, ${perRecord} a record`, async () => {
        const jumps = Object.fromEntries(
          [1, 2, 3, 16_383, 16_384, 16_385, 200_000, 200_127, 262_143, 262_144, 399_999]
            .filter((at) => at < count)
            .map((at, i) => [at, 1 + i]),
        );
        const found = await jumpsIn(write('some', count, perRecord, jumps), 7);
        expect(found).toEqual(Object.entries(jumps).map(([at, missing]) => [Number(at) + 7, missing, 3 * missing]));
        expect(await jumpsIn(write('none', count, perRecord, {}))).toEqual([]);
      });
    }
  }

  it('are found in records so long that few are read at once', async () => {
    const { path, lying } = write('long', 300_000, 1, { 77: 2, 200001: 1 });
    // 4 MiB are 69 heads of 60 kB: what lies behind a counter is read with it
    const count = 299_000 - Math.ceil(60_000 / lying.stride);
    const context = { ...contextOf(folder), options: { gapToleranceMs: 1e9 } };
    const finder = new GapFinder(path, 3, 1, context);
    await withPartFile(path, (file) => findJumps({ ...lying, count, bytes: 60_000, file, value }, 3, finder));
    expect(finder.check().map(({ sample, missing }) => [sample, missing])).toEqual([
      [77, 2],
      [200_001, 1],
    ]);
  });

  it('are found where each of 300000 is one', async () => {
    const jumps = Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [i, 1]));
    const found = await jumpsIn(write('all', 300_000, 1, jumps));
    expect(found).toHaveLength(299_999);
    expect(found.every(([sample, missing], i) => sample === i + 1 && missing === 1)).toBe(true);
  });

  it('tell the place of a record that is none', async () => {
    const { path, lying } = write('bad', 300_000, 1, {});
    const strict = (bytes: Buffer, at: number, index: number) => {
      if (index !== 150_000) return value(bytes, at);
      throw new FormatError(`record ${index}`, { path });
    };
    const at = Float64Array.of(149_999, 150_000);
    const read = withPartFile(path, (file) => countersAt({ ...lying, file, value: strict }, at));
    await expect(read).rejects.toThrow('record 150000');
  });

  it('are an error where the file ends before', async () => {
    const { path, lying } = write('short', 1000, 1, {});
    const finder = new GapFinder(path, 3, 1, contextOf(folder));
    const read = withPartFile(path, (file) => findJumps({ ...lying, count: 1002, file, value }, 3, finder));
    await expect(read).rejects.toThrow(FormatError);
  });
});
