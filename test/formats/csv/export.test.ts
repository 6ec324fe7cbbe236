/** Written CSV against what Python's csv module makes of the same spikes. */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { exportSpikeDataToCsv, loadSpikeDataFromCsv, SpikeData } from '../../../lib/index.js';
import { spikesCsv, tableSpikes, unitsCsv } from '../../support/table-fixtures.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const at = useTemporaryFolder();

describe('exportSpikeDataToCsv', () => {
  it('writes the same bytes as Python, a row a spike', async () => {
    await exportSpikeDataToCsv(tableSpikes(), at('x.csv'));
    expect(await readFile(at('x.csv'), 'utf8')).toBe(spikesCsv);
  });

  it('writes a row a unit', async () => {
    await exportSpikeDataToCsv(tableSpikes(), at('x.csv'));
    const [header, ...rows] = parse(await readFile(at('x.units.csv'), 'utf8')) as string[][];
    expect(header).toEqual(unitsCsv.header);
    expect(rows).toEqual(unitsCsv.rows.map((row) => row.map((value) => (value === null ? '' : String(value)))));
  });

  it('is read by the loader, every digit of it', async () => {
    await exportSpikeDataToCsv(tableSpikes(), at('x.csv'));
    const sd = await loadSpikeDataFromCsv(at('x.csv'));
    const original = tableSpikes();
    const trainOf = new Map(original.train.map((train, u) => [String(original.neuronAttributes?.[u].unit_id), train]));
    for (const [u, train] of sd.train.entries()) {
      expect(train).toEqual(trainOf.get(String(sd.neuronAttributes?.[u].unit_id)));
    }
    expect(sd.N).toBe(3); // a CSV of spikes cannot hold the unit without any
  });

  it.each([
    ['repeat', [{ unit_id: 5 }, { unit_id: 5 }, { unit_id: 6 }]],
    ['are missing', [{}, {}, { unit_id: 6 }]],
  ])('leaves ids that %s to the table of units, so that no units are merged', async (_, neuronAttributes) => {
    await exportSpikeDataToCsv(new SpikeData([[1], [2], [3]], { neuronAttributes }), at('x.csv'));
    expect(await readFile(at('x.csv'), 'utf8')).toBe('unit,time_ms\n0,1\n1,2\n2,3\n');
    expect((await loadSpikeDataFromCsv(at('x.csv'))).train.map((train) => [...train])).toEqual([[1], [2], [3]]);
  });
});
