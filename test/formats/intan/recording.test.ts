import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('intan');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('intan');
const single = readFileSync(join(fixtures, 'traces.rhd'));

function changed(name: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = Buffer.from(single);
  const path = temporary(name);
  writeFileSync(path, change(bytes) ?? bytes);
  return path;
}

it.each<[what: string, change: (bytes: Buffer) => Buffer | undefined, error: string, text: RegExp]>([
  ['another magic number', (b) => void b.writeUInt32LE(0x12345678, 0), 'FormatError', /c6912702.*found 12345678/],
  ['a version to come', (b) => void b.writeInt16LE(9, 4), 'UnsupportedError', /version 9\.5/],
  ['no rate', (b) => void b.writeFloatLE(0, 8), 'FormatError', /positive sampling rate, found 0/],
  [
    'a rate that is none',
    (b) => void b.writeFloatLE(Number.NaN, 8),
    'FormatError',
    /positive sampling rate, found NaN/,
  ],
  ['a cut header', (b) => b.subarray(0, 300), 'FormatError', /whole header/],
  ['a text beyond the file', (b) => void b.writeUInt32LE(0xfffffff0, 48), 'FormatError', /whole header/],
  ['no whole block', (b) => b.subarray(0, b.length - 1), 'FormatError', /at least one block/],
])('refuses %s', async (_, change, error, text) => {
  const path = changed('a.rhd', change);
  const opened = openRecording(path, { format: 'intan', onWarning() {} });
  const caught = await opened.catch((reason: Error) => reason);
  expect((caught as Error).constructor.name).toBe(error);
  expect((caught as Error).message).toMatch(text);
});

it('needs a file for each enabled channel, unless the kind was not saved', async () => {
  const folder = temporary('channels');
  cpSync(join(fixtures, 'channels'), folder, { recursive: true });
  rmSync(join(folder, 'amp-B-001.dat'));
  await expect(openRecording(folder)).rejects.toThrow(/found none for amp-B-001\.dat/);
  rmSync(join(folder, 'amp-B-000.dat'));
  const findings: string[] = [];
  const recording = await openRecording(folder, { onWarning: ({ code }) => findings.push(code) });
  expect([recording.channels, findings]).toEqual([1, ['no-spike-band']]);
  await recording.close();
});

it('follows no link out of the folder', async () => {
  const folder = temporary('signals');
  cpSync(join(fixtures, 'signals'), folder, { recursive: true });
  rmSync(join(folder, 'amplifier.dat'));
  symlinkSync(join(fixtures, 'signals/amplifier.dat'), join(folder, 'amplifier.dat'));
  await expect(openRecording(folder, { onWarning() {} })).rejects.toThrow(/link that leads out/);
});

it('is told by its content', async () => {
  const [found] = await identify(join(fixtures, 'traces.rhd'));
  expect(found).toMatchObject({ format: 'intan', readable: true, details: { device: 'RHD2000', version: '1.5' } });
  expect(found.parts.map(({ name }) => name)).toEqual(['amplifier', 'auxiliary', 'supply', 'analogin', 'digitalin']);
  expect(found.parts[0]).toMatchObject({ channels: 5, samples: 60, fsHz: 25_000, options: { dataset: 'amplifier' } });
  const [folder, ...others] = await identify(join(fixtures, 'signals'));
  expect(folder).toMatchObject({ format: 'intan', readable: true });
  expect(others).toEqual([]);
});
