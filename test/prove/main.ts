/** `npm run prove`: random cases of everything that is read and written, judged by independent readers and writers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from './child.js';
import type { Property } from './property.js';
import { installCommand, Python, pythonPath } from './python.js';
import { properties } from './registry.js';
import { summary } from './report.js';
import { describeFound, run } from './run.js';
import { Supervisor } from './supervisor.js';

const usage = `npm run prove -- [--seconds N] [--seed S] [--only WORD] [--case I] [--list]
  --seconds  how long new cases are tried (default 60)
  --seed     any text; the same one gives the same cases (default: the time)
  --only     properties whose name contains the word
  --case     this case alone, of one property, whatever the time`;

if (process.argv.includes('--child')) serve(properties);
else process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
      ...{ case: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    },
  });
  const seed = values.seed ?? Date.now().toString(36);
  const wanted = properties.filter(({ name }) => name.includes(values.only ?? ''));
  const seconds = Number(values.seconds);
  const number = values.case === undefined ? undefined : Number(values.case);
  if (values.help || !wanted.length || !(seconds > 0) || (number !== undefined && wanted.length !== 1)) {
    console.log(wanted.length ? usage : `no property is named like '${values.only}'\n${usage}`);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    console.log(wanted.map(({ name }) => name).join('\n'));
    return 0;
  }
  console.log(`seed ${seed}, ${seconds} s, ${wanted.length} properties`);
  const { able, skipped } = await readersFor(wanted);
  for (const line of skipped) console.log(`skipped ${line}`);
  const supervisor = new Supervisor();
  const totals = await run(able, supervisor, {
    seed,
    seconds,
    only: number === undefined ? undefined : { property: able[0]?.name, case: number },
    report: (found) => console.log(describeFound(found, seed)),
  });
  supervisor.stop();
  console.log(summary(totals, supervisor.peakBytes, skipped));
  return totals.failed ? 1 : 0;
}

/** Properties whose readers are here, and a line for each that is skipped. */
async function readersFor(wanted: readonly Property[]): Promise<{ able: Property[]; skipped: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-prove-'));
  const python = new Python(folder);
  try {
    const found = await python.start().catch(() => false);
    if (!found) console.log(`${pythonPath} is missing; for the checks that need it: ${installCommand}`);
    const missing = ({ needs = [] }: Property) => needs.filter((module) => !python.has(module));
    const skipped = wanted
      .filter((property) => missing(property).length)
      .map((property) => `${property.name}: no ${missing(property).join(', ')} for ${pythonPath} (${installCommand})`);
    return { able: wanted.filter((property) => !missing(property).length), skipped };
  } finally {
    python.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
