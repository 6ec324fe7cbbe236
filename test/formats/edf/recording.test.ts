import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('edf');

const temporary = useTemporaryFolder();
const whole = readFileSync(join(fixturesOf('edf'), 'traces.edf'));

/** Where the fields of the first of five signals begin. */
const at = {
  physicalMin: 256 + 5 * 104,
  physicalMax: 256 + 5 * 112,
  digitalMax: 256 + 5 * 128,
  samples: 256 + 5 * 216,
};

it.each<[what: string, at: number, value: string, text: RegExp]>([
  ['another format', 0, 'XEDF    ', /must begin with "0 {7}"/],
  ['signals that do not fit the header', 252, '9   ', /2560 bytes of header for 9 signals, found 1536/],
  ['no signals', 252, '0   ', /at least one signal, found 0/],
  ['a duration of 0', 244, '0       ', /positive sampling rate, found Infinity/],
  ['a duration below 0', 244, '-1      ', /positive sampling rate/],
  ['a duration that is no number', 244, 'one     ', /number for the duration of a record, found "one"/],
  ['one physical value', at.physicalMin, '100     ', /two different ends/],
  ['a physical maximum that is no number', at.physicalMax, 'high    ', /physical maximum of E0, found "high"/],
  ['falling digital ends', at.digitalMax, '-40000  ', /rising digital ones/],
  ['no samples in a record', at.samples, '0       ', /whole number of samples a record for E0, found 0/],
  ['more samples than there are', at.samples, '99999999', /at least one record/],
])('refuses %s', async (_, position, value, text) => {
  const path = temporary('a.edf');
  const bytes = Buffer.from(whole);
  bytes.write(value, position, 'latin1');
  writeFileSync(path, bytes);
  await expect(openRecording(path, { format: 'edf', onWarning() {} })).rejects.toThrow(text);
});

it('refuses a header that is cut', async () => {
  for (const bytes of [100, 256, 1535, 1536, 1600]) {
    writeFileSync(temporary('cut.edf'), whole.subarray(0, bytes));
    await expect(openRecording(temporary('cut.edf'), { format: 'edf', onWarning() {} })).rejects.toThrow(/must hold/);
  }
});

it('is told by its content', async () => {
  const [found] = await identify(join(fixturesOf('edf'), 'rates.edf'));
  expect(found).toMatchObject({ format: 'edf', readable: true, details: { version: 'EDF', records: 2 } });
  expect(found.parts).toMatchObject([
    { name: '200', channels: 2, samples: 40, fsHz: 200, durationMs: 200 },
    { name: '50', channels: 1, samples: 10 },
  ]);
  expect(found.findings.map(({ code }) => code)).toEqual(['records-differ', 'frame-cut']);
});
