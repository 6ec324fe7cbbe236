import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, loadSpikeDataFromBlackrock, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('blackrock');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('blackrock');

function changed(name: string, change: (bytes: Buffer) => unknown): string {
  const bytes = Buffer.from(readFileSync(join(fixtures, name)));
  change(bytes);
  writeFileSync(temporary(name), bytes);
  return temporary(name);
}

it.each<[what: string, change: (bytes: Buffer) => unknown, error: string, text: RegExp]>([
  [
    'another magic number',
    (b) => b.write('NEURALXX'),
    'FormatError',
    /NEURALSG, NEURALCD or BRSMPGRP, found "NEURALXX"/,
  ],
  ['another version', (b) => b.writeUInt8(7, 8), 'UnsupportedError', /version 7\.3/],
  [
    'a header beyond the file',
    (b) => b.writeUInt32LE(0xfffffff0, 10),
    'FormatError',
    /lies in its \d+ bytes, found one of 4294967280/,
  ],
  ['a header that is too short', (b) => b.writeUInt32LE(100, 10), 'FormatError', /at least 644 bytes of header/],
  ['no period', (b) => b.writeUInt32LE(0, 286), 'FormatError', /a period of 0/],
  ['no channels', (b) => b.writeUInt32LE(0, 310), 'FormatError', /0 channels/],
  ['more channels than there are', (b) => b.writeUInt32LE(0xffffffff, 310), 'FormatError', /describe channel 5 by CC/],
  [
    'something else in place of a packet',
    (b) => b.writeUInt8(9, 660),
    'FormatError',
    /packet of samples \(1\) at byte 660, found 9/,
  ],
])('refuses %s in NSx', async (_, change, error, text) => {
  const path = changed('traces.ns6', change);
  const caught = await openRecording(path, { format: 'blackrock', onWarning() {} }).catch((reason: Error) => reason);
  expect((caught as Error).constructor.name).toBe(error);
  expect((caught as Error).message).toMatch(text);
});

it.each<[what: string, change: (bytes: Buffer) => unknown, text: RegExp]>([
  ['another magic number', (b) => b.write('XEURALEV'), /NEURALEV or BREVENTS/],
  ['packets of no bytes', (b) => b.writeUInt32LE(0, 16), /packets of at least 8 bytes/],
  ['a header beyond the file', (b) => b.writeUInt32LE(0x7fffffff, 12), /header of 2147483647 in a file/],
])('refuses %s in NEV', async (_, change, text) => {
  await expect(loadSpikeDataFromBlackrock(changed('spikes.nev', change), { onWarning() {} })).rejects.toThrow(text);
});

it('opens the fastest file of a folder, and another by its extension', async () => {
  const folder = temporary('session');
  mkdirSync(folder);
  cpSync(join(fixtures, 'traces.ns6'), join(folder, 'a.ns6'));
  cpSync(join(fixtures, 'old.ns2'), join(folder, 'a.ns2'));
  cpSync(join(fixtures, 'spikes.nev'), join(folder, 'a.nev'));
  const codes: string[] = [];
  const fast = await openRecording(folder, { onWarning: ({ code }) => codes.push(code) });
  expect([fast.fsHz, codes]).toEqual([30_000, ['several-streams']]);
  await fast.close();
  const slow = await openRecording(folder, { dataset: 'ns2', onWarning() {} });
  expect([slow.fsHz, slow.samples]).toEqual([1000, 30]);
  await slow.close();
  const sd = await loadSpikeDataFromBlackrock(folder, { onWarning() {} });
  expect(sd.N).toBe(6);
  const found = await identify(folder);
  expect(found.map(({ what }) => what).sort()).toEqual(['recording', 'recording', 'sorting']);
});
