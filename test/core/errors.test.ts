import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FormatError, loadSpikeDataFromPickle, openRecording } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const temporary = useTemporaryFolder();

it('leaves out the middle of a message that a file made too long', async () => {
  const long = new FormatError(`before ${'x'.repeat(100_000)} after`, { path: '/a' }).message;
  expect(long).toMatch(/^before x+ … \(98013 characters\) … x+ after$/);
  expect(long.length).toBeLessThan(2100);
  expect(new FormatError('x'.repeat(2000), { path: '/a' }).message).toBe('x'.repeat(2000));

  cpSync(`${fixtures}recordings/spikeglx_np2`, temporary('glx'), { recursive: true });
  const meta = temporary('glx/two.imec0.ap.meta');
  writeFileSync(
    meta,
    readFileSync(meta, 'latin1').replace(/nSavedChans=\d+/, `nSavedChans=${'1nSavedChans='.repeat(20_000)}`),
  );
  const error = await openRecording(temporary('glx')).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toMatch(/must give a number for nSavedChans, found 1nSaved/);
  expect(error.message.length).toBeLessThan(2100);
});

it('says of an OBJ without a class that nothing is there', async () => {
  // MARK, OBJ, STOP
  writeFileSync(temporary('a.pkl'), '(o.');
  await expect(loadSpikeDataFromPickle(temporary('a.pkl'))).rejects.toThrow(
    /class or function was expected, found nothing,/,
  );
});
