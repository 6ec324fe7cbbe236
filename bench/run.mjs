// npm run bench [-- name ...]: runs bench/<name>.bench.mjs against its peer in the same run, prints one table of ratios and writes it
// to bench/results.md (--dry: only prints). A bench exports
//   needs: Python packages of its peer, where it has one;
//   run(): Promise<{ what, ours, peer, ratio, note? }[]>: ours and peer as texts with their units, ratio as a number: how many times
//          better than the peer.
// A bench that cannot run leaves its sentence in the table and the others alone; the exit code is 1 then.
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeRun } from './support/machine.mjs';
import { rowLine, saveResults, tableHead } from './support/results.mjs';

const results = fileURLToPath(new URL('results.md', import.meta.url));
const all = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -'.bench.mjs'.length))
  .sort();
const words = process.argv.slice(2);
const dry = words.includes('--dry');
const wanted = words.filter((word) => word !== '--dry');
const unknown = wanted.find((name) => !all.includes(name));
if (unknown) {
  console.error(`no bench named ${unknown}: there are ${all.join(', ')}`);
  process.exit(2);
}

/** { rows } or { error } of a bench, in a process of its own. */
function runBench(name) {
  const child = fork(fileURLToPath(new URL('support/one.mjs', import.meta.url)), [name]);
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', (code, signal) => resolve({ error: `the bench ended with ${signal ?? `status ${code}`}` }));
  });
}

console.log(tableHead);
for (const name of wanted.length ? wanted : all) {
  const start = performance.now();
  const { rows, error } = await runBench(name);
  for (const row of rows ?? [{ what: `not measured: ${error}` }]) console.log(rowLine(name, row));
  if (error) process.exitCode = 1;
  else if (!dry) saveResults(results, name, rows, describeRun(), all);
  console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
