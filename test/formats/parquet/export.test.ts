/** Written Parquet, read by the Rust implementation of Apache (parquet-wasm, through Arrow) and by hyparquet. */
import { readFile } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { tableFromIPC } from '@uwdata/flechette';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { readParquet } from 'parquet-wasm';
import { describe, expect, it } from 'vitest';
import { exportSpikeDataToParquet, OptionError, SpikeData, UnsupportedError } from '../../../lib/index.js';
import { metadataExpected, spikeRowsExpected, tableSpikes, unitRowsExpected } from '../../support/table-fixtures.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const at = useTemporaryFolder();

async function bytesOf(path: string): Promise<Buffer> {
  return readFile(path);
}

/** Rows as Rust reads them. */
async function rustRows(path: string): Promise<Record<string, unknown>[]> {
  const table = tableFromIPC(readParquet(await bytesOf(path)).intoIPCStream());
  return table.toArray().map((row: Record<string, unknown>) => ({ ...row }));
}

const plain = (rows: Record<string, unknown>[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, ArrayBuffer.isView(value) ? Array.from(value as never) : value]),
    ),
  );

describe('exportSpikeDataToParquet', () => {
  it.each(['snappy', 'none'] as const)('writes a row a spike that Rust reads (%s)', async (compression) => {
    await exportSpikeDataToParquet(tableSpikes(), at('x.parquet'), { compression });
    expect(await rustRows(at('x.parquet'))).toEqual(spikeRowsExpected);
  });

  it('writes a row a unit with its attributes, lists and missing ones too', async () => {
    await exportSpikeDataToParquet(tableSpikes(), at('x.parquet'));
    expect(plain(await rustRows(at('x.units.parquet')))).toEqual(unitRowsExpected);
  });

  // three values a row: the first is encoded by this thread, the second by another
  it.each([6666, 6667])('writes %d rows as it writes few', async (count) => {
    const times = Array.from({ length: count }, (_, i) => i / 8);
    await exportSpikeDataToParquet(new SpikeData([[], times], { length: count }), at('x.parquet'));
    const rows = await rustRows(at('x.parquet'));
    expect(rows).toEqual(times.map((time_ms) => ({ unit: 1, unit_id: 1, time_ms })));
  });

  it('has the types int32 and float64, and the metadata in both schemas', async () => {
    await exportSpikeDataToParquet(tableSpikes(), at('x.parquet'));
    for (const name of ['x.parquet', 'x.units.parquet']) {
      const bytes = await bytesOf(at(name));
      const metadata = parquetMetadata(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      );
      const found = metadata.key_value_metadata?.find(({ key }) => key === 'spikelab');
      expect(JSON.parse(found?.value ?? '')).toEqual(metadataExpected);
      if (name === 'x.parquet') {
        const types = metadata.schema.slice(1).map((element) => `${element.name} ${element.type}`);
        expect(types).toEqual(['unit INT32', 'unit_id BYTE_ARRAY', 'time_ms DOUBLE']);
      }
    }
  });

  it('writes more spikes than a row group holds, and a train across two groups', async () => {
    const long = Float64Array.from({ length: 300_000 }, (_, i) => i / 7);
    await exportSpikeDataToParquet(new SpikeData([[1], long, [2, 3]]), at('x.parquet'));
    const bytes = await bytesOf(at('x.parquet'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    expect(parquetMetadata(file).row_groups.map((group) => Number(group.num_rows))).toEqual([
      2 ** 18,
      300_003 - 2 ** 18,
    ]);
    const rows = (await parquetReadObjects({ file })) as { unit: number; unit_id: number; time_ms: number }[];
    const right = rows.every(({ unit, unit_id, time_ms }, i) => {
      const [u, t] = i === 0 ? [0, 1] : i <= 300_000 ? [1, (i - 1) / 7] : [2, i - 299_999];
      return unit === u && unit_id === u && time_ms === t;
    });
    expect([rows.length, right]).toEqual([300_003, true]);
  });

  it('writes a recording without spikes or units', async () => {
    await exportSpikeDataToParquet(new SpikeData([]), at('x.parquet'));
    expect([await rustRows(at('x.parquet')), await rustRows(at('x.units.parquet'))]).toEqual([[], []]);
  });

  it('compresses with zstd, or says which Node.js does', async () => {
    const written = exportSpikeDataToParquet(tableSpikes(), at('x.parquet'), { compression: 'zstd' });
    if ('zstdCompressSync' in zlib) {
      await written;
      expect(await rustRows(at('x.parquet'))).toEqual(spikeRowsExpected);
    } else {
      await expect(written).rejects.toThrow(UnsupportedError);
      await expect(written).rejects.toThrow(/Node\.js 22\.15/);
    }
  });

  it('refuses a compression that it does not have', async () => {
    const options = { compression: 'gzip' } as never;
    await expect(exportSpikeDataToParquet(tableSpikes(), at('x.parquet'), options)).rejects.toThrow(OptionError);
  });
});
