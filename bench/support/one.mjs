// fork('one.mjs', [name]): runs one bench in a process of its own and sends { rows } or { error } to the parent. Peak memory
// measured in its children would else begin at what former benches had taken: Linux hands it down.
import { missingPython } from './peer.mjs';

async function runBench(name) {
  const bench = await import(`../${name}.bench.mjs`);
  const absent = missingPython(bench.needs ?? []);
  if (absent) throw new Error(absent);
  return bench.run();
}

runBench(process.argv[2]).then(
  (rows) => process.send({ rows }),
  (error) => process.send({ error: error.message.split('\n')[0] }),
);
