import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('plexon');

const temporary = useTemporaryFolder();
const whole = readFileSync(join(fixturesOf('plexon'), 'traces.plx'));
/** Behind the header, an event's and five slow channels'. */
const firstBlock = 7504 + 296 + 5 * 296;

it.each<[what: string, change: (bytes: Buffer) => unknown, text: RegExp]>([
  ['another magic number', (b) => b.write('XELP'), /must begin with PLEX, found "XELP"/],
  ['no ticks', (b) => b.writeInt32LE(0, 136), /positive sampling rate, found 0/],
  ['channels below none', (b) => b.writeInt32LE(-1, 140), /headers of channels .* found counts of -1/],
  ['more channels than bytes', (b) => b.writeInt32LE(0x7fffffff, 148), /headers of channels/],
  ['a block of no kind', (b) => b.writeInt16LE(9, firstBlock), new RegExp(`at byte ${firstBlock}, found type 9`)],
  ['words below none', (b) => b.writeInt16LE(-5, firstBlock + 14), /1 × -5 words/],
  ['a channel of no rate', (b) => b.writeInt32LE(0, 7504 + 296 + 36), /positive sampling rate, found 0/],
])('refuses %s', async (_, change, text) => {
  const bytes = Buffer.from(whole);
  change(bytes);
  writeFileSync(temporary('a.plx'), bytes);
  await expect(openRecording(temporary('a.plx'), { format: 'plexon', onWarning() {} })).rejects.toThrow(text);
});

it('is told by its content', async () => {
  const [found] = await identify(join(fixturesOf('plexon'), 'rates.plx'));
  expect(found).toMatchObject({ format: 'plexon', what: 'both', readable: true, details: { version: 105 } });
  expect(found.parts).toMatchObject([
    { name: 'spikes' },
    { name: '40000', channels: 1 },
    { name: '1000', channels: 2 },
  ]);
});
