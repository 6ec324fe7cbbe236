// Recordings a minute: `spikelab batch` against GNU parallel that starts `spikelab detect` for each, both writing Parquet, with as many
// at once as there are cores. Mixed sizes: 4 to 64 channels, 2 to 20 s. Also how much of the time the cores worked, and whether
// memory and time stayed within the plan. FILES: how many (default 200).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorSeconds, watchMemory } from './support/processes.mjs';

export const needs = [];
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const files = Number(process.env.FILES ?? 200);
const cores = availableParallelism();
const fsHz = 20_000;

/** Noise with a spike of one sample in some thousand, the same for all: what matters is how long it takes. */
function writeRecordings(folder) {
  const noise = new Int16Array(64 * 20 * fsHz);
  let state = 1;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    noise[i] = (state >> 26) + (i % 4099 === 0 ? -400 : 0);
  }
  return Array.from({ length: files }, (_, i) => {
    const [channels, seconds] = [[4, 16, 64][i % 3], [2, 5, 20, 10][i % 4]];
    const source = join(folder, `r${String(i).padStart(3, '0')}-${channels}.dat`);
    writeFileSync(source, noise.subarray(0, channels * seconds * fsHz));
    return { source, options: { channels, fsHz } };
  });
}

/** Seconds. */
function timed(command) {
  const start = performance.now();
  const { status } = spawnSync('bash', ['-c', command], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return (performance.now() - start) / 1000;
}

/** The command with its results as they come: peak memory of all processes, and the share of the cores that worked from the start of
 * the first item, which is when its process starts, to the last result. */
async function watched(list, out) {
  const child = spawn(process.execPath, [main, 'batch', list, '--out', out], { stdio: ['ignore', 'pipe', 'ignore'] });
  const peak = watchMemory(child);
  const now = () => ({ at: performance.now() / 1000, cpu: processorSeconds(child.pid) });
  let first;
  const timer = setInterval(() => {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    if (!children) return;
    first = now();
    clearInterval(timer);
  }, 5);
  let last;
  child.stdout.on('data', () => {
    last = now();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { memory: peak(), busy: (last.cpu - first.cpu) / (last.at - first.at) / cores };
}

export async function run() {
  execFileSync('bash', ['-c', 'command -v parallel || { echo "apt-get install -y parallel" >&2; exit 1; }']);
  const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), 'bench-batch-'));
  try {
    const items = writeRecordings(folder);
    const list = join(folder, 'list.jsonl');
    writeFileSync(list, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    const call = `'${process.execPath}' '${main}'`;
    const [out, peerOut] = [join(folder, 'out'), join(folder, 'peer')];
    mkdirSync(peerOut);
    const plan = JSON.parse(
      execFileSync('bash', ['-c', `${call} batch '${list}' --out '${out}' --plan --json`], { maxBuffer: 2 ** 28 }),
    );
    const ours = timed(`${call} batch '${list}' --out '${out}'`);
    const one = `${call} --quiet detect {} --channels '{= s/.*-(\\d+)\\.dat$/$1/ =}' --fs ${fsHz} --threads 1 --out '${peerOut}'/{/.}.parquet`;
    const peer = timed(`ls '${folder}'/*.dat | parallel -j${cores} "${one.replaceAll('$1', '\\$1')}"`);
    const written = readdirSync(peerOut).filter((name) => !name.includes('.units.')).length;
    if (written !== files) throw new Error(`GNU parallel wrote ${written} of ${files} files`);
    const output = readdirSync(out).filter((name) => name.endsWith('.parquet'));
    const outputBytes = output.reduce((sum, name) => sum + readFileSync(join(out, name)).byteLength, 0);
    const { memory, busy } = await watched(list, join(folder, 'again'));
    const minute = (seconds) => (60 * files) / seconds;
    const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
    return [
      {
        what: `${files} recordings of 4 to 64 channels, files a minute`,
        ours: minute(ours).toFixed(0),
        peer: `${minute(peer).toFixed(0)} (GNU parallel)`,
        ratio: peer / ours,
      },
      {
        what: 'share of the cores that worked',
        ours: `${(100 * busy).toFixed(0)} %`,
        peer: '90 % (asked for)',
        ratio: busy / 0.9,
        note: 'from the first item to the last',
      },
      {
        what: 'time, against the plan',
        ours: `${ours.toFixed(1)} s`,
        peer: `${plan.total.seconds.toFixed(1)} s (planned)`,
        ratio: plan.total.seconds / ours,
      },
      {
        what: 'memory of all processes, against the plan',
        ours: megabytes(memory),
        peer: `${megabytes(plan.total.memoryBytes)} (planned)`,
        ratio: plan.total.memoryBytes / memory,
      },
      {
        what: 'size of the output, against the plan',
        ours: `${outputBytes} B`,
        peer: `${plan.total.outputBytes} B (planned)`,
        ratio: plan.total.outputBytes / outputBytes,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
