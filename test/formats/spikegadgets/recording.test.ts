import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('spikegadgets');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('spikegadgets');
const whole = readFileSync(join(fixtures, 'traces.rec'), 'latin1');
const packet = 1 + 10 + 4 + 10;

it.each<[what: string, change: (text: string) => string, text: RegExp]>([
  [
    'no end of the configuration',
    (text) => text.replace('</Configuration>', '</Konfiguration>'),
    /XML up to <\/Configuration>/,
  ],
  ['XML that is none', (text) => text.replace('<HardwareConfiguration', '<HardwareConfiguration<'), /must be XML/],
  ['no rate', (text) => text.replace('samplingRate="25000"', 'samplingRate=""'), /positive sampling rate, found NaN/],
  ['no channels', (text) => text.replace('numChannels="5"', 'numChannels="0"'), /number of channels .* found 0/],
  ['far too many channels', (text) => text.replace('numChannels="5"', 'numChannels="999999"'), /at least one packet/],
  ['a device of more bytes than any', (text) => text.replace('numBytes="2"', 'numBytes="5000000000"'), /below 65536/],
  ['a device without bytes', (text) => text.replace('numBytes="2"', 'numBytes=""'), /numBytes for each Device/],
  [
    'a packet that does not begin as one',
    (text) => `${text.slice(0, -3 * packet)}\x12${text.slice(1 - 3 * packet)}`,
    /packet \(0x55\) at byte \d+, found 0x12/,
  ],
])('refuses %s', async (_, change, text) => {
  writeFileSync(temporary('a.rec'), change(whole), 'latin1');
  await expect(openRecording(temporary('a.rec'), { format: 'spikegadgets', onWarning() {} })).rejects.toThrow(text);
});

it('has no numbers for channels that the configuration does not tell', async () => {
  for (const name of ['holes.rec', 'odd.rec']) {
    const recording = await openRecording(join(fixtures, name));
    expect(recording.channelIds).toBeNull();
    await recording.close();
  }
});

it('is told by its content', async () => {
  const [found] = await identify(join(fixtures, 'chips.rec'));
  expect(found).toMatchObject({ format: 'spikegadgets', readable: true, parts: [{ channels: 64, samples: 12 }] });
});
