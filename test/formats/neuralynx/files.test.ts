import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('neuralynx');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('neuralynx');
const whole = readFileSync(join(fixtures, 'short.NCS'));

function changed(change: (text: string) => string, records = (bytes: Buffer): unknown => bytes): string {
  const bytes = Buffer.from(whole);
  bytes.write(change(bytes.toString('latin1', 0, 16_384)).slice(0, 16_384), 0, 'latin1');
  records(bytes);
  writeFileSync(temporary('a.ncs'), bytes);
  return temporary('a.ncs');
}

it.each<[what: string, path: () => string, text: RegExp]>([
  [
    'another format',
    () => changed((text) => text.replace('########', '++++++++')),
    /must begin with "######## Neuralynx/,
  ],
  [
    'no rate',
    () => changed((text) => text.replace('-SamplingFrequency 32000', '-SamplingFrequency 0    ')),
    /positive sampling rate, found 0/,
  ],
  [
    'a rate that is none',
    () => changed((text) => text.replace('-SamplingFrequency 32000', '-SamplingFrequency fast ')),
    /found NaN/,
  ],
  [
    'records of another size',
    () => changed((text) => text.replace('-RecordSize 1044', '-RecordSize 2088')),
    /1044 bytes, found a RecordSize of 2088/,
  ],
  [
    'more valid samples than a record has',
    () =>
      changed(
        (text) => text,
        (bytes) => bytes.writeUInt32LE(513, 16_384 + 16),
      ),
    /at most 512 valid samples in record 0, found 513/,
  ],
])('refuses %s', async (_, path, text) => {
  await expect(openRecording(path(), { format: 'neuralynx', onWarning() {} })).rejects.toThrow(text);
});

it('refuses a header that is cut', async () => {
  writeFileSync(temporary('cut.ncs'), whole.subarray(0, 8000));
  await expect(openRecording(temporary('cut.ncs'))).rejects.toThrow(/header of 16384 bytes/);
});

it('is told by its content', async () => {
  const [file] = await identify(join(fixtures, 'short.NCS'));
  expect(file).toMatchObject({ format: 'neuralynx', readable: true, details: { type: 'CSC', software: '5.5.1' } });
  const [session, ...others] = await identify(join(fixtures, 'session'));
  expect(session).toMatchObject({ format: 'neuralynx', what: 'both', readable: true });
  expect(session.parts.map(({ name }) => name)).toEqual(['spikes', '32000', '2666.67']);
  expect(others).toEqual([]);
});
