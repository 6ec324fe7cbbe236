/** Attributes of each spike in the files of exporters, read by others where there are any. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, expect, it } from 'vitest';
import {
  exportSpikeDataToCsv,
  exportSpikeDataToKilosort,
  exportSpikeDataToNwb,
  exportSpikeDataToParquet,
  loadSpikeDataFromNwb,
  SpikeData,
} from '../../lib/index.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-per-spike-'));
afterAll(() => rmSync(folder, { recursive: true }));

const counts = [100, 2, 0];
const sizes = counts.map((count, u) => Float32Array.from({ length: count }, (_, i) => -10 - i - u / 2));
const sd = new SpikeData(
  counts.map((count) => Float64Array.from({ length: count }, (_, i) => 1.5 * i + 1)),
  {
    length: 400,
    metadata: { amplitude_unit: 'uV' },
    neuronAttributes: sizes.map((spike_amplitudes, u) => ({ unit_id: u, spike_amplitudes })),
  },
);

it('stands beside the times in CSV, and not in the table of units', async () => {
  await exportSpikeDataToCsv(sd, join(folder, 'a.csv'));
  const lines = readFileSync(join(folder, 'a.csv'), 'utf8').split('\n');
  expect([lines[0], lines[1], lines[101]]).toEqual([
    'unit,unit_id,time_ms,spike_amplitudes',
    '0,0,1,-10',
    '1,1,1,-10.5',
  ]);
  expect(readFileSync(join(folder, 'a.units.csv'), 'utf8')).toBe('unit,unit_id,spikes\n0,0,100\n1,1,2\n2,2,0\n');
});

it('stands beside the times in Parquet', async () => {
  await exportSpikeDataToParquet(sd, join(folder, 'a.parquet'));
  const file = await asyncBufferFromFile(join(folder, 'a.parquet'));
  const rows = (await parquetReadObjects({ file })) as { unit: number; spike_amplitudes: number }[];
  for (const [u, own] of sizes.entries()) {
    expect(rows.filter(({ unit }) => unit === u).map((row) => row.spike_amplitudes)).toEqual(Array.from(own));
  }
});

it('comes back from NWB, however many there are, unless only some spikes do', async () => {
  await exportSpikeDataToNwb(sd, join(folder, 'a.nwb'));
  const back = await loadSpikeDataFromNwb(join(folder, 'a.nwb'));
  expect(back.neuronAttributes?.map((unit) => unit.spike_amplitudes)).toEqual(sizes.map((own) => Array.from(own)));
  const heard: string[] = [];
  const onWarning = ({ code }: { code: string }) => void heard.push(code);
  const part = await loadSpikeDataFromNwb(join(folder, 'a.nwb'), { windowMs: [0, 20], onWarning });
  expect(part.neuronAttributes?.map((unit) => unit.spike_amplitudes)).toEqual([undefined, undefined, undefined]);
  expect(heard).toContain('spike-attributes-dropped');
});

it('is said to be lost where a format has no place for it', async () => {
  const heard: string[] = [];
  const onWarning = ({ code }: { code: string }) => void heard.push(code);
  await exportSpikeDataToKilosort(sd, join(folder, 'ks'), { fsHz: 20_000, onWarning });
  expect(heard).toContain('attributes-not-written');
});
