// npm run bench [-- name ...]: runs bench/<name>.bench.mjs against its peer in the same run and prints one table of ratios.
// A bench exports `async run(): Promise<{ what, ours, peer, ratio, note? }[]>`: ours and peer as texts with their units,
// ratio as a number (how many times better than the peer).
import { readdirSync } from 'node:fs';

const all = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -'.bench.mjs'.length))
  .sort();
const names = process.argv.slice(2).length ? process.argv.slice(2) : all;
console.log('| bench | what | ours | peer | ratio |\n|---|---|---|---|---|');
for (const name of names) {
  if (!all.includes(name)) throw new Error(`no bench named ${name}: there are ${all.join(', ')}`);
  const { run } = await import(`./${name}.bench.mjs`);
  for (const row of await run()) {
    console.log(
      `| ${name} | ${row.what} | ${row.ours} | ${row.peer} | ${row.ratio.toFixed(2)} × |${row.note ? ` ${row.note} |` : ''}`,
    );
  }
}
