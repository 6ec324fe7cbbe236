/** Answers whose announcement is larger than what a socket holds, with bytes that are too. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadSpikeDataFromCsv } from '../../../lib/index.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const temporary = useTemporaryFolder();

it('comes whole, with texts and spikes of a megabyte each', async () => {
  const [units, spikes] = [4000, 160_000];
  const idOf = (i: number) => `${i % units}-${'x'.repeat(250)}`;
  const rows = Array.from({ length: spikes }, (_, i) => `${i / 2},${idOf(i)}`);
  const path = temporary('spikes.csv');
  writeFileSync(path, `time_ms,unit\n${rows.join('\n')}\n`);
  const isolated = await loadSpikeDataFromCsv(path, { isolate: { timeoutMs: 20_000 } });
  expect(isolated.N).toBe(units);
  expect(isolated.train.reduce((sum, train) => sum + train.length, 0)).toBe(spikes);
  const ids = new Set(isolated.neuronAttributes?.map(({ unit_id }) => unit_id));
  expect(ids.has(idOf(7)) && ids.size === units).toBe(true);
});
