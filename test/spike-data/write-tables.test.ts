/** What all exporters to tables promise, whatever the format. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  exportSpikeDataToArrow,
  exportSpikeDataToCsv,
  exportSpikeDataToParquet,
  type Finding,
  NotFoundError,
  OptionError,
  type Progress,
  SpikeData,
} from '../../lib/index.js';
import { tableSpikes } from '../support/table-fixtures.js';
import { useTemporaryFolder } from '../support/temporary.js';

const at = useTemporaryFolder();
const long = () => new SpikeData([Float64Array.from({ length: 600_000 }, (_, i) => i / 3)]);

describe.each([
  ['parquet', exportSpikeDataToParquet],
  ['arrow', exportSpikeDataToArrow],
  ['csv', exportSpikeDataToCsv],
] as const)('%s', (ending, write) => {
  const spikes = `x.${ending}`;
  const units = `x.units.${ending}`;

  it('writes two files beside each other, or one', async () => {
    await write(tableSpikes(), at(spikes));
    expect(readdirSync(at('.')).sort()).toEqual([spikes, units].sort());
    await write(tableSpikes(), at(`alone.${ending}`), { units: false });
    expect(readdirSync(at('.')).sort()).toEqual([`alone.${ending}`, spikes, units].sort());
  });

  it('takes a file: URL', async () => {
    await write(tableSpikes(), pathToFileURL(at(spikes)) as never);
    expect(readdirSync(at('.')).sort()).toEqual([spikes, units].sort());
  });

  it('leaves what was there when it is aborted in the middle, and nothing else', async () => {
    writeFileSync(at(spikes), 'old');
    const control = new AbortController();
    const onProgress = () => control.abort(new Error('enough'));
    await expect(write(long(), at(spikes), { signal: control.signal, onProgress })).rejects.toThrow('enough');
    expect(readdirSync(at('.'))).toEqual([spikes]);
    expect(readFileSync(at(spikes), 'utf8')).toBe('old');
  });

  it('tells how many spikes are written, up to all of them', async () => {
    const told: Progress[] = [];
    await write(long(), at(spikes), { onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual({ stage: 'writing', done: 600_000, total: 600_000, unit: 'spikes' });
  });

  it('renames attributes that have the name of a column of its own, and says so', async () => {
    const heard: Finding[] = [];
    const sd = new SpikeData([[1]], { neuronAttributes: [{ unit: 'a', spikes: 3, unit_attribute: 4 }] });
    await write(sd, at(spikes), { onWarning: (finding) => heard.push(finding) });
    expect(heard.map(({ message }) => message)).toEqual([
      'The attribute unit is written as unit_attribute_: the table has a column unit of its own',
      'The attribute spikes is written as spikes_attribute: the table has a column spikes of its own',
    ]);
  });

  it('refuses what is no SpikeData, an option that it lacks, and a folder that is not there', async () => {
    await expect(write({} as never, at(spikes))).rejects.toThrow(OptionError);
    await expect(write(tableSpikes(), at(spikes), { unit: true } as never)).rejects.toThrow(/units/);
    await expect(write(tableSpikes(), at(`none/${spikes}`))).rejects.toThrow(NotFoundError);
    await expect(write(tableSpikes(), 7 as never)).rejects.toThrow(OptionError);
  });
});
