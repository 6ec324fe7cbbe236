import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LimitError, loadSpikeDataFromCellExplorer, SpikeLabError } from '../../../lib/index.js';
import { fixturesOf, testCases } from '../../support/cases.js';
import { useTemporaryFolder } from '../../support/temporary.js';

testCases('cellexplorer');

const temporary = useTemporaryFolder();
const read = (name: string) => readFileSync(join(fixturesOf('cellexplorer'), `${name}/rat.spikes.cellinfo.mat`));
const load = (bytes: Buffer, limits = {}) => {
  const path = temporary('a.spikes.cellinfo.mat');
  writeFileSync(path, bytes);
  return loadSpikeDataFromCellExplorer(path, { limits, onWarning() {} });
};

it('refuses an element beyond the file, and a byte order that is none', async () => {
  const bytes = read('plain');
  bytes.writeUInt32LE(0x7fffffff, 132);
  await expect(load(bytes)).rejects.toThrow(/element of 2147483647 bytes/);
  bytes.write('XX', 126);
  await expect(load(bytes)).rejects.toThrow(/byte order by IM or MI, found "XX"/);
});

it('holds compressed variables to the limit of memory', async () => {
  await expect(load(read('packed'), { maxArrayBytes: 100 })).rejects.toThrow(LimitError);
});

it('gives one of our errors for a file that is cut anywhere', async () => {
  for (const name of ['plain', 'packed']) {
    const whole = read(name);
    for (let end = 100; end < whole.length; end += 97) {
      const caught = await load(whole.subarray(0, end)).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (caught !== null) expect(caught).toBeInstanceOf(SpikeLabError);
    }
  }
});
