/** Exports one version into a folder when it is told to, and says how that went. Arguments: exporter, folder, version. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SpikeLabError } from 'spikelab';
import { dataOf, exporters } from './exporters.js';

const [name, folder, version] = process.argv.slice(2);
const exporter = exporters.find((one) => one.name === name);
if (!exporter) throw new Error(`no exporter is named ${name}`);
const sd = dataOf(Number(version));

process.once('message', async () => {
  // from here on failing.c counts
  if (process.env.FAIL_WHEN) writeFileSync(process.env.FAIL_WHEN, '');
  const start = performance.now();
  const said = await exporter.save(sd, join(folder, exporter.target)).then(
    () => 'exported',
    (error) => (error instanceof SpikeLabError ? `refused: ${error.message}` : `threw ${error?.stack}`),
  );
  process.send?.({ said, ms: performance.now() - start }, () => process.exit());
});
process.send?.('ready');
