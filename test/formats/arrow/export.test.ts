/** Written Arrow files, read by flechette, which shares no code with the writer (apache-arrow). */
import { readFile } from 'node:fs/promises';
import { tableFromIPC } from '@uwdata/flechette';
import { describe, expect, it } from 'vitest';
import { exportSpikeDataToArrow, SpikeData } from '../../../lib/index.js';
import { metadataExpected, spikeRowsExpected, tableSpikes, unitRowsExpected } from '../../support/table-fixtures.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const at = useTemporaryFolder();
const read = async (name: string) => tableFromIPC(await readFile(at(name)), { useBigInt: true });
const rowsOf = async (name: string): Promise<Record<string, unknown>[]> =>
  (await read(name)).toArray().map((row: Record<string, unknown>) => ({ ...row }));

describe('exportSpikeDataToArrow', () => {
  it('writes a row a spike', async () => {
    await exportSpikeDataToArrow(tableSpikes(), at('x.arrow'));
    expect(await rowsOf('x.arrow')).toEqual(spikeRowsExpected);
    expect((await readFile(at('x.arrow'))).subarray(0, 6).toString()).toBe('ARROW1');
  });

  it('writes a row a unit, and the metadata in both schemas', async () => {
    await exportSpikeDataToArrow(tableSpikes(), at('x.arrow'));
    const rows = (await rowsOf('x.units.arrow')).map((row) => ({
      ...row,
      location: row.location && Array.from(row.location as Float64Array),
    }));
    expect(rows).toEqual(unitRowsExpected);
    for (const name of ['x.arrow', 'x.units.arrow']) {
      expect(JSON.parse((await read(name)).schema.metadata?.get('spikelab') ?? '')).toEqual(metadataExpected);
    }
  });

  it('writes ids that are numbers as numbers, missing ones as null, and more spikes than a batch holds', async () => {
    const long = Float64Array.from({ length: 70_000 }, (_, i) => i / 7);
    const neuronAttributes = [{ unit_id: 2 ** 40 }, {}, { unit_id: -3 }];
    await exportSpikeDataToArrow(new SpikeData([[0.5], long, [2]], { neuronAttributes }), at('x.arrow'));
    const table = await read('x.arrow');
    const column = (name: string) => Array.from(table.getChild(name) as Iterable<unknown>);
    expect(column('time_ms')).toEqual([0.5, ...long, 2]);
    expect(new Set(column('unit_id').slice(1, -1))).toEqual(new Set([null]));
    expect([column('unit_id')[0], column('unit_id').at(-1)]).toEqual([2n ** 40n, -3n]);
  });

  it('writes ids of text of which some are missing', async () => {
    const neuronAttributes = [{ unit_id: 'a' }, {}, { unit_id: 'c' }];
    await exportSpikeDataToArrow(new SpikeData([[1], [2], [3]], { neuronAttributes }), at('x.arrow'));
    expect((await rowsOf('x.arrow')).map((row) => row.unit_id)).toEqual(['a', null, 'c']);
  });

  it('writes a recording without spikes or units', async () => {
    await exportSpikeDataToArrow(new SpikeData([]), at('x.arrow'));
    expect([await rowsOf('x.arrow'), await rowsOf('x.units.arrow')]).toEqual([[], []]);
  });
});
