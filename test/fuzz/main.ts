/** `npm run fuzz`: damaged files of every format must give a right result or one of the package's errors. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serve } from './child.js';
import { keep, readKept } from './keep.js';
import { serveMany, tryMany } from './many.js';
import { Reader } from './reader.js';
import { describeFound, failedOf, summary } from './report.js';
import { type Found, Run } from './run.js';
import { type Target, targetsOf } from './targets.js';

const usage = `npm run fuzz -- [--seconds N] [--seed S] [--only WORD] [--again FOLDER] [--list]
npm run fuzz -- --in-process --count N [--seed S] [--only WORD]
  --seconds  how long new cases are tried (default 60)
  --seed     any text; the same one gives the same cases (default: the time)
  --only     a format's name, or targets whose name contains the word
  --again    what a failure kept, once more
  --in-process  --count cases in a row in this kind of process alone: for crashes that need thousands of tries`;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const targets = targetsOf(`${root}/fixtures`);
/** What fresh memory holds in the two processes. */
const fills = [90, 165] as const;

if (process.argv.includes('--child')) await serve(targets);
else if (process.argv.includes('--many')) serveMany(targets);
else process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, only: { type: 'string' } },
      ...{ again: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      ...{ 'in-process': { type: 'boolean' }, count: { type: 'string', default: '60000' } },
    },
  });
  const wanted = select(values.only ?? '');
  const seconds = Number(values.seconds);
  if (values.help || !(seconds > 0) || wanted.length === 0) {
    console.log(wanted.length ? usage : `no target is named like '${values.only}'\n${usage}`);
    return values.help ? 0 : 2;
  }
  if (values.list) {
    console.log(wanted.map(({ name }) => name).join('\n'));
    return 0;
  }
  const kept = values.again === undefined ? undefined : readKept(values.again);
  const seed = kept?.seed ?? values.seed ?? Date.now().toString(36);
  const report = (found: Found) => {
    const target = targets.find(({ name }) => name === found.target) as Target;
    const folder = keep(found, target, seed, `${root}/build/fuzz-failures`);
    console.log(describeFound(found, relative(process.cwd(), folder)));
  };
  if (values['in-process']) {
    const count = Number(values.count);
    console.log(`seed ${seed}, ${count} cases in a row, ${wanted.length} targets`);
    const totals = await tryMany(wanted, { seed, count, report, say: console.log });
    console.log(summary(totals));
    return failedOf(totals) ? 1 : 0;
  }
  console.log(
    kept ? `seed ${seed}, ${kept.cases.length} cases` : `seed ${seed}, ${seconds} s, ${wanted.length} targets`,
  );
  const readers = [new Reader(fills[0]), new Reader(fills[1])] as const;
  const run = new Run(kept ? targets : wanted, readers, {
    ...{ seed, seconds, cases: kept?.cases },
    report,
  });
  await run.all();
  console.log(summary(run.totals));
  return failedOf(run.totals) ? 1 : 0;
}

function select(word: string): Target[] {
  const ofFormat = targets.filter(({ format }) => format === word);
  return ofFormat.length > 0 ? ofFormat : targets.filter(({ name }) => name.includes(word));
}
