/** Announced numbers of channels that no file of samples could hold: refused before anything is made by them. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError } from '../../lib/core/errors.js';
import { useTemporaryFolder } from '../support/temporary.js';

const folder = useTemporaryFolder();
const fixtures = fileURLToPath(new URL('../../fixtures/recordings', import.meta.url));
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

  it('of an HDF5 dataset without samples, which takes no room', async () => {
    const sound = readFileSync(join(fixtures, 'maxwell_old.raw.h5'));
    const [rows, samples] = [16n, 60n];
    // the dimensions of /sig, now and at most
    const dimensions = Buffer.from(new BigUint64Array([rows, samples, rows, samples]).buffer);
    const at = sound.indexOf(dimensions);
    expect([at > 0, sound.indexOf(dimensions, at + 1)]).toEqual([true, -1]);
    const claimed = BigInt(channels);
    Buffer.from(new BigUint64Array([claimed, 0n, claimed, 0n]).buffer).copy(sound, at);
    const path = join(put('maxwell', { 'a.raw.h5': sound }), 'a.raw.h5');
    await expect(openRecording(path)).rejects.toThrow(FormatError);
    await expect(openRecording(path)).rejects.toThrow(/sig of .* found \d+ for a file of/);
  });
});
