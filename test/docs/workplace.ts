/** A folder in which the examples of the docs run: the files that they name, the package, and its command. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSpikeDataToHdf5, SpikeData } from '../../lib/index.js';
import { root } from './blocks.js';

/** Name in the docs → fixture. */
const files: Record<string, string> = {
  'recording.h5': 'cli/recording.h5',
  'recording.nwb': 'recordings/series.nwb',
  'recording.dat': 'recordings/time_channels.dat',
  'chip.raw.h5': 'recordings/maxwell_new.raw.h5',
  np2_g0: 'recordings/spikeglx_np2',
  'session.nwb': 'nwb/full.nwb',
  'sorted.h5': 'hdf5/ragged.h5',
  'sorted.npz': 'npz/sorted.npz',
  'sorted.pkl': 'pickle/spikedata.p4.pkl',
  'spikes.csv': 'tables/spikes.csv',
  'block.nix': 'neo/made.nix',
  'block.pkl': 'neo/block.p4.pkl',
  session: 'recordings/spikeglx_np2',
  rat: 'neuroscope/session',
  'spikes.nev': 'blackrock/spikes.nev',
  'firings.mda': 'mda/u1.mda',
  'sorted.kwik': 'klusta/sorted.kwik',
  sorted: 'kilosort/curated',
  analyzer: 'spikeinterface/analyzer_folder',
};

export interface Workplace {
  readonly folder: string;
  /** Holds `spikelab`, and an `npx` that runs nothing else. */
  readonly bin: string;
  remove(): void;
}

export async function makeWorkplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-docs-'));
  for (const [name, fixture] of Object.entries(files)) {
    cpSync(`${root}fixtures/${fixture}`, join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, 'demo-output'));
  await writeDemoRecording(join(folder, 'demo-output', 'recording.h5'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'spikelab'));
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin);
  const command = `exec '${process.execPath}' '${root}dist/cli/main.js' "$@"\n`;
  for (const [name, text] of [
    ['spikelab', command],
    ['npx', `[ "$1" = spikelab ] || { echo "npx $1 is not run here" >&2; exit 99; }\nshift\n${command}`],
  ]) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}`);
    chmodSync(join(bin, name), 0o755);
  }
  return { folder, bin, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** As `npm run demo` leaves it, but small: 16 channels, 2 s at 20 kHz. */
async function writeDemoRecording(path: string): Promise<void> {
  const [channels, samples] = [16, 40_000];
  const data = Int16Array.from(
    { length: channels * samples },
    (_, i) => 20 * Math.sin(i * i) - (i % 9000 === 0 ? 400 : 0),
  );
  const sd = new SpikeData([[1]], { length: 2000, rawData: { data, shape: [channels, samples] }, rawTime: 20 });
  await exportSpikeDataToHdf5(sd, path, { rawDataset: 'traces', rawTimeDataset: 'time' });
}
