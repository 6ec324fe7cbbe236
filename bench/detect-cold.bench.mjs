// Detection in a flat file that no cache holds, against reading it once in order (dd): what the disk allows. As root all caches
// are dropped before each turn, otherwise the file's own pages. GIGABYTES=4 makes it larger, BENCH_TMP names another disk.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detectSpikes } from '../dist/index.js';
import { measure, median, megabytes } from './support/measure.mjs';
import { inFolder, writeFlat } from './support/traces.mjs';

const channels = 64;
const gigabytes = Number(process.env.GIGABYTES ?? 1);
const rounds = Number(process.env.ROUNDS ?? 3);

function forget(path) {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return 'all caches dropped';
  } catch {
    // asks the kernel to drop this file's pages
    execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
    return 'pages of the file dropped';
  }
}

const read = (path) => execFileSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=1M', 'status=none']);
const detect = (path, threads) => detectSpikes(path, { channels, fsHz: 20_000, ...(threads ? { threads } : {}) });

export const run = () =>
  inFolder(async (folder) => {
    const path = join(folder, 'recording.dat');
    const samples = writeFlat(path, channels, gigabytes * 1e9);
    const bytes = samples * channels * 2;
    const runs = { ours: [], disk: [], warm: [] };
    let how = '';
    await detect(path);
    for (let round = 0; round < rounds; round++) {
      how = forget(path);
      runs.disk.push(await measure(() => read(path)));
      forget(path);
      runs.ours.push(await measure(() => detect(path)));
      runs.warm.push(await measure(() => detect(path)));
    }
    const seconds = (list) => median(list.map((run) => run.seconds));
    const text = (list) => `${seconds(list).toFixed(2)} s (${(bytes / 1e9 / seconds(list)).toFixed(2)} GB/s)`;
    return [
      {
        what: `detectSpikes, cold flat int16 of ${(bytes / 1e9).toFixed(2)} GB, ${channels} channels`,
        ours: text(runs.ours),
        peer: `dd, cold: ${text(runs.disk)}`,
        ratio: seconds(runs.disk) / seconds(runs.ours),
        note: `${how}; ${text(runs.warm)} once cached; peak ${megabytes(median(runs.ours.map((run) => run.peakBytes)))}`,
      },
    ];
  });
