/** Parquet tables whose schema says more than it has. */
import { describe, expect, it } from 'vitest';
import { openParquet } from '../../../lib/containers/parquet/table.js';
import { FormatError } from '../../../lib/core/errors.js';
import { defaultLimits } from '../../../lib/core/limits.js';
import { parquetOf } from '../../support/parquet-files.js';

const sound = Buffer.from(parquetOf({ a: [1, 2, 3], b: ['x', 'y', 'z'] }));
const open = (bytes: Buffer) =>
  openParquet(
    { name: 'a.pqt', size: bytes.length, read: async (start, end) => bytes.subarray(start, end), async close() {} },
    defaultLimits,
  );

describe('the schema of a table', () => {
  // thrift's compact protocol: the root's name, then its number of children, an i32 as a zigzag varint
  const at = sound.lastIndexOf('root') + 'root'.length;

  it('lists its columns', async () => {
    expect([sound[at], sound[at + 1]]).toEqual([0x15, 4]);
    expect((await open(sound)).columns).toEqual(['a', 'b']);
  });

  it.each([3, 63])('may not claim %i columns and have two', async (columns) => {
    const damaged = Buffer.from(sound);
    damaged[at + 1] = 2 * columns;
    await expect(open(damaged)).rejects.toThrow(FormatError);
    await expect(open(damaged)).rejects.toThrow(/a\.pqt/);
  });
});
