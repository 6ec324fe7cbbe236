/** The example of docs/sample-layout.md. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sampleType } from '../../lib/recordings/flat-file.js';
import { openLayout } from '../../lib/recordings/layout-recording.js';
import { oneRun } from '../../lib/recordings/sample-layout.js';
import { contextOf } from './layout-context.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-blk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads blocks of a counter, two channels and a trigger line', async () => {
  const path = join(folder, 'run.blk');
  // 2 blocks of 22 bytes after a header of 32; sample t of channel c is 100 × c + t, of the trigger -1
  const bytes = Buffer.alloc(32 + 2 * 22, 0xee);
  for (const block of [0, 1]) {
    for (const w of [0, 1, 2]) {
      const at = 32 + block * 22 + 4 + 2 * w;
      bytes.writeInt16LE(3 * block + w, at);
      bytes.writeInt16LE(100 + 3 * block + w, at + 6);
      bytes.writeInt16LE(-1, at + 12);
    }
  }
  // as the text says: sample 4 of channel 1 is at byte 66
  expect(bytes.readInt16LE(66)).toBe(104);
  writeFileSync(path, bytes);

  const blocks = Math.floor((bytes.length - 32) / 22);
  const layout = {
    type: sampleType('int16', 'dtype'),
    samples: 3 * blocks,
    files: [path],
    channels: [
      { stream: 0, offset: 4 },
      { stream: 0, offset: 10 },
    ],
    streams: [{ recordSamples: 3, recordBytes: 22, step: 2, runs: oneRun(32, 3 * blocks) }],
  };
  await using recording = await openLayout(layout, { format: 'blk', path, fsHz: 1000 }, contextOf(folder));
  const { data } = await recording.read({ start: 0, end: 6 });
  expect(data).toEqual(Int16Array.of(0, 1, 2, 3, 4, 5, 100, 101, 102, 103, 104, 105));
});
