/** Announced numbers of channels that no file of samples could hold: refused before anything is made by them. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError } from '../../lib/core/errors.js';
import { useTemporaryFolder } from '../support/temporary.js';

const folder = useTemporaryFolder();
const counts = [50e6, 2 ** 32 - 1, 2 ** 50];

function put(name: string, files: Record<string, string | Buffer>): string {
  const root = folder(name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

describe.each(counts)('%i channels', (channels) => {
  it('of binary.json', async () => {
    const kwargs = {
      file_paths: ['a.raw'],
      sampling_frequency: 25000,
      num_channels: channels,
      dtype: '<i2',
      time_axis: 0,
    };
    const root = put('binary', { 'a.raw': Buffer.alloc(600), 'binary.json': JSON.stringify({ kwargs }) });
    await expect(openRecording(root)).rejects.toThrow(FormatError);
    await expect(openRecording(root)).rejects.toThrow(/num_channels \d+ .*600 bytes/);
  });

  it('of a .meta', async () => {
    const meta = `nSavedChans=${channels}\nsnsApLfSy=${channels - 1},0,1\nimSampRate=30000\ntypeThis=imec\n`;
    const root = put('g', { 'r_t0.imec0.ap.bin': Buffer.alloc(600), 'r_t0.imec0.ap.meta': meta });
    await expect(openRecording(join(root, 'r_t0.imec0.ap.bin'))).rejects.toThrow(/nSavedChans \d+ .*600 bytes/);
  });
});
