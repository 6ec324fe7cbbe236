// What `spikelab batch --plan` says against what the batch then takes: samples, time, memory and size of the output, of each item and of
// all. Recordings of mixed size in flat files, HDF5 and compressed HDF5, and KiloSort folders. FILES: how many (default 200).
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPython } from './support/peer.mjs';
import { watchMemory } from './support/processes.mjs';
import { inFolder } from './support/traces.mjs';

export const needs = ['numpy', 'h5py'];
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const maker = readFileSync(new URL('mixed-recordings.py', import.meta.url), 'utf8');
const files = Number(process.env.FILES ?? 200);

/** How far apart plan and truth may be. */
const tolerance = 0.2;

export const run = () =>
  inFolder(async (folder) => {
    const list = join(folder, 'list.jsonl');
    const out = join(folder, 'out');
    const lines = runPython(maker, [folder, String(files)]);
    writeFileSync(list, lines);
    const items = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    // as a lab has them, that has just written them: read once
    for (const { source, do: operation } of items) if (operation === undefined) await readOnce(source);
    const plan = JSON.parse(
      execFileSync(process.execPath, [main, 'batch', list, '--out', out, '--plan', '--json'], { maxBuffer: 2 ** 28 }),
    );
    const start = performance.now();
    const child = spawn(process.execPath, [main, 'batch', list, '--out', out], { stdio: 'ignore' });
    const peak = watchMemory(child);
    await new Promise((resolve) => child.on('close', resolve));
    const seconds = (performance.now() - start) / 1000;
    const memoryBytes = peak();
    const found = new Map(resultsIn(out).map((result) => [result.id, result]));
    const pairs = plan.items.map((item) => ({ item, result: found.get(item.id) }));
    const bad = pairs.filter(({ result }) => result?.status !== 'done');
    if (bad.length) throw new Error(`${bad.length} items are not done, first ${JSON.stringify(bad[0])}`);
    const bytesOf = ({ id }) => recordOf(out, id).files.reduce((sum, { bytes }) => sum + bytes, 0);
    const outputBytes = pairs.reduce((sum, { item }) => sum + bytesOf(item), 0);
    const kinds = [...new Set(pairs.map(({ item }) => kindOf(item)))];
    const rows = [
      whole('time of all', plan.total.seconds, seconds, (value) => `${value.toFixed(1)} s`),
      whole('memory of all processes', plan.total.memoryBytes, memoryBytes, megabytes),
      whole('size of all outputs', plan.total.outputBytes, outputBytes, megabytes),
    ];
    for (const kind of kinds) {
      const own = pairs.filter(({ item }) => kindOf(item) === kind);
      rows.push(
        each(
          `${kind}: time`,
          own.map(({ item, result }) => [item.seconds, result.seconds]),
        ),
        each(
          `${kind}: memory`,
          own.map(({ item, result }) => [item.memoryBytes, result.peakBytes]),
        ),
        each(
          `${kind}: output`,
          own.map(({ item }) => [item.outputBytes, bytesOf(item)]),
        ),
      );
    }
    return rows;
  });

const kindOf = ({ id }) => id.replace(/\d+$/, '');
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const resultsIn = (out) =>
  readFileSync(join(out, 'results.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const recordOf = (out, id) => JSON.parse(readFileSync(join(out, '.spikelab', 'records', `${id}.json`), 'utf8'));

async function readOnce(path) {
  for await (const _ of createReadStream(path, { highWaterMark: 2 ** 20 }));
}

/** 1 × is a plan at the edge of what it may be off; more is better. */
function whole(what, planned, found, text) {
  const off = planned / found - 1;
  return {
    what: `${what}, planned against taken`,
    ours: `${text(planned)} (${(100 * off).toFixed(0)} %)`,
    peer: text(found),
    ratio: tolerance / Math.max(0.01, Math.abs(off)),
  };
}

function each(what, pairs) {
  const off = pairs.map(([planned, found]) => planned / found - 1).sort((a, b) => a - b);
  const within = off.filter((value) => Math.abs(value) <= tolerance).length;
  const sum = pairs.reduce(([a, b], [planned, found]) => [a + planned, b + found], [0, 0]);
  const percent = (value) => `${(100 * value).toFixed(0)} %`;
  return {
    what: `${what} of ${pairs.length} items`,
    ours: `${percent(sum[0] / sum[1] - 1)} in all, median ${percent(off[off.length >> 1])}`,
    peer: `${within} of ${pairs.length} within 20 %`,
    ratio: within / pairs.length,
    note: `from ${percent(off[0])} to ${percent(off.at(-1))}`,
  };
}
