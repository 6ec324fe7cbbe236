import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FormatError, identify, loadSpikeDataFromNeuroscope, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('neuroscope');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('neuroscope');

function session(change?: (xml: string) => string): string {
  const folder = temporary('session');
  cpSync(join(fixtures, 'session'), folder, { recursive: true });
  const path = join(folder, 'session.xml');
  if (change) writeFileSync(path, change(readFileSync(path, 'utf8')));
  return folder;
}

it.each<[what: string, change: (xml: string) => string, text: RegExp]>([
  ['no channels', (xml) => xml.replace('<nChannels>5', '<nChannels>0'), /number of channels .* found 0/],
  ['more channels than bytes', (xml) => xml.replace('<nChannels>5', '<nChannels>99999999'), /fits its samples/],
  ['no rate', (xml) => xml.replace(/<samplingRate>\d+/, '<samplingRate>'), /positive sampling rate/],
  ['24 bits', (xml) => xml.replace('<nBits>16', '<nBits>24'), /samples of 24 bits/],
  ['XML that is cut', (xml) => xml.slice(0, 900), /must be XML/],
  ['XML without end', (xml) => xml.replaceAll('</', '<'), /must be XML|maxDepth/],
])('refuses %s', async (_, change, text) => {
  await expect(openRecording(join(session(change), 'session.dat'), { onWarning() {} })).rejects.toThrow(text);
});

it('asks which .xml is meant where none has the name of the data', async () => {
  const folder = session();
  cpSync(join(folder, 'session.xml'), join(folder, 'other.xml'));
  await (await openRecording(join(folder, 'session.dat'))).close();
  renameSync(join(folder, 'session.dat'), join(folder, 'rat.dat'));
  const opened = openRecording(join(folder, 'rat.dat'), { format: 'neuroscope' });
  await expect(opened).rejects.toThrow(/one \.xml of NeuroScope, or rat\.xml, found other\.xml, session\.xml/);
});

it('refuses text in place of numbers with its line, and a .clu without its .res', async () => {
  const folder = session();
  writeFileSync(join(folder, 'session.res.1'), '1\n2\n3.5\n');
  await expect(loadSpikeDataFromNeuroscope(folder)).rejects.toThrow(/line 3, found "\."/);
  rmSync(join(folder, 'session.res.1'));
  await expect(loadSpikeDataFromNeuroscope(folder)).rejects.toThrow(/No file can be read.*res\.1/);
  writeFileSync(join(folder, 'session.res.1'), '');
  writeFileSync(join(folder, 'session.clu.1'), '');
  await expect(loadSpikeDataFromNeuroscope(folder)).rejects.toThrow(FormatError);
});

it('is told by its content', async () => {
  const [found, ...others] = await identify(join(fixtures, 'session'));
  expect(found).toMatchObject({ format: 'neuroscope', what: 'both', readable: true, details: { shanks: 3 } });
  expect(found.parts).toMatchObject([
    { name: 'clusters' },
    { name: 'session.dat', channels: 5, samples: 60, fsHz: 25_000 },
    { name: 'session.lfp', samples: 9, fsHz: 1250 },
  ]);
  expect(others).toEqual([]);
});
