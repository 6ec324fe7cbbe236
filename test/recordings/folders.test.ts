/** Folders that are no recording by themselves, and hold the files of one, of several, or of sorted spikes. */

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { FormatError, OptionError } from '../../lib/core/errors.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const temporary = useTemporaryFolder();
const quiet = { onWarning() {} };

/** A folder of copies of fixtures, by their places in it. */
function folderOf(places: Record<string, string>): string {
  const root = temporary('session');
  mkdirSync(root);
  for (const [place, fixture] of Object.entries(places)) {
    mkdirSync(dirname(join(root, place)), { recursive: true });
    cpSync(join(fixtures, fixture), join(root, place), { recursive: true });
  }
  return root;
}

describe('openRecording of a folder', () => {
  it.each([
    ['a file in it', { 'mouse.raw.h5': 'recordings/maxwell_new.raw.h5' }],
    [
      'a file below',
      { 'mouse/day 1/a.raw.h5': 'recordings/maxwell_new.raw.h5', 'notes/x.npy': 'recordings/c_order.npy' },
    ],
    ['a folder below', { 'mouse/day 1': 'recordings/spikeglx_np1' }],
  ])('opens the only recording: %s', async (_where, places) => {
    const [fixture] = Object.values(places);
    const root = folderOf(places);
    const [found, same] = await Promise.all([
      openRecording(root, quiet),
      openRecording(join(fixtures, fixture), quiet),
    ]);
    const whole = { start: 0, end: same.samples };
    expect([found.format, found.channels, found.samples]).toEqual([same.format, same.channels, same.samples]);
    expect(await found.read(whole)).toEqual(await same.read(whole));
    await Promise.all([found.close(), same.close()]);
  });

  it('names the several that it holds', async () => {
    const root = folderOf({ 'a.raw.h5': 'recordings/maxwell_new.raw.h5', 'b/c.h5': 'recordings/mcs.h5' });
    const opened = openRecording(root);
    await expect(opened).rejects.toThrow(OptionError);
    await expect(opened).rejects.toThrow(/There are .*a\.raw\.h5 \(maxwell\), .*c\.h5 \(mcs\)/);
    await expect(detectSpikes(root)).rejects.toThrow(/There are .*maxwell/);
  });

  it('says how to load sorted spikes that it holds', async () => {
    const opened = openRecording(folderOf({ 'mouse/sorted': 'tridesclous/one' }));
    await expect(opened).rejects.toThrow(FormatError);
    await expect(opened).rejects.toThrow(
      /no recording that is known; it holds tridesclous at .*: await loadSpikeDataFromTridesclous\('/,
    );
  });

  it('opens no recording that the folder lies in', async () => {
    const root = folderOf({ run: 'recordings/si_binary' });
    mkdirSync(join(root, 'run/notes'));
    for (const options of [{}, { followLinks: 'anywhere' as const }]) {
      const opened = openRecording(join(root, 'run/notes'), options);
      await expect(opened).rejects.toThrow(FormatError);
      await expect(opened).rejects.toThrow(
        /notes is no recording that is known; it belongs to spikeinterface at .*run:/,
      );
    }
  });

  it('says what is wrong with a damaged file', async () => {
    const file = join(folderOf({}), 'mouse.rhd');
    writeFileSync(file, Buffer.alloc(1000));
    await expect(openRecording(file)).rejects.toThrow(FormatError);
    await expect(openRecording(file)).rejects.toThrow(/no recording that is known\. .*mouse\.rhd must begin with/);
  });

  it('follows no link out of the folder', async () => {
    const root = temporary('linked');
    mkdirSync(root);
    symlinkSync(join(fixtures, 'recordings/maxwell_new.raw.h5'), join(root, 'a.raw.h5'));
    await expect(openRecording(root)).rejects.toThrow(FormatError);
    await expect(openRecording(root)).rejects.toThrow(/a link that leads out/);
    const trusted = await openRecording(root, { ...quiet, followLinks: 'anywhere' });
    expect(trusted.format).toBe('maxwell');
    await trusted.close();
  });
});
