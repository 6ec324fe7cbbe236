import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { identify, openRecording } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('tdt');

const temporary = useTemporaryFolder();
const fixtures = fixturesOf('tdt');

function changed(change: (list: Buffer) => unknown): string {
  const folder = temporary('block');
  cpSync(join(fixtures, 'traces'), folder, { recursive: true });
  const path = join(folder, 'tank_block.tsq');
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
  return folder;
}

/** Of the first piece, behind the file's own row and the mark of the start. */
const at = 80;

it.each<[what: string, change: (list: Buffer) => unknown, text: RegExp]>([
  ['a format of no name', (b) => b.writeInt32LE(9, at + 32), /known format \(0 to 5\), found 9/],
  ['pieces below none', (b) => b.writeInt32LE(-4, at), /found 2 with -4 words/],
  ['two rates of one store', (b) => b.writeFloatLE(100, at + 36), /one format and rate/],
  ['pieces of other lengths', (b) => b.writeInt32LE(15, at), /same times and lengths/],
  ['channels of other times', (b) => b.writeDoubleLE(5, at + 16), /same times and lengths/],
])('refuses %s', async (_, change, text) => {
  await expect(openRecording(changed(change), { onWarning() {} })).rejects.toThrow(text);
});

it('reads no piece beyond the file', async () => {
  const folder = changed((list) => list.writeBigInt64LE(2n ** 62n, at + 24));
  await expect(openRecording(folder, { onWarning() {} })).rejects.toThrow(/at least one channel and one sample/);
});

it('never falls back to the .tev where a store has files of its own', async () => {
  const folder = changed((list) => {
    for (let row = at; row + 40 < list.length; row += 40) list.writeInt32LE(0x8111, row + 4);
  });
  await expect(openRecording(folder)).rejects.toThrow(/samples of Wav1 are missing/);
});

it('asks for one block', async () => {
  const folder = changed(() => {});
  cpSync(join(folder, 'tank_block.tsq'), join(folder, 'other.tsq'));
  await expect(openRecording(folder)).rejects.toThrow(/folder of one block/);
  rmSync(join(folder, 'other.tsq'));
});

it('is told by its content', async () => {
  const [found, ...others] = await identify(join(fixtures, 'separate'));
  expect(found).toMatchObject({ format: 'tdt', readable: true });
  expect(found.parts.map(({ name }) => name)).toEqual(['RSn1', 'xWav']);
  expect(found.findings.map(({ code }) => code)).toContain('samples-missing');
  expect(others).toEqual([]);
});
