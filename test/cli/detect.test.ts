import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spikelab } from '../support/spikelab.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/cli/${name}`, import.meta.url));
const recording = fixture('recording.h5');
interface Expected {
  fsHz: number;
  dataset: string;
  lengthMs: number;
  runs: { args: string[]; spikesMs: number[][] }[];
}
const expected: Expected = JSON.parse(readFileSync(fixture('recording.expected.json'), 'utf8'));
const call = ['detect', recording, '--dataset', expected.dataset, '--fs', String(expected.fsHz)];

describe('spikelab detect', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spikelab-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(expected.runs)('finds the spikes that scipy finds: $args', async ({ args, spikesMs }) => {
    const { exitCode, stdout, stderr } = await spikelab([...call, ...args, '--json', '--times']);
    expect([exitCode, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout);
    expect(found.lengthMs).toBe(expected.lengthMs);
    expect(found.spikes).toBe(spikesMs.flat().length);
    expect(found.channels.map((channel: { timesMs: number[] }) => channel.timesMs)).toEqual(spikesMs);
  });

  it('takes the longer side for time, whatever the file is called', async () => {
    const frames = fileURLToPath(new URL('../../fixtures/recordings/datasets.h5', import.meta.url));
    for (const [name, ...more] of [['frames.h5'], ['frames.data'], ['frames.bin2', '--format', 'hdf5']]) {
      copyFileSync(frames, join(folder, name));
      const args = ['--dataset', 'raw/time_channels', '--fs', '25000', '--json', ...more];
      const { stdout } = await spikelab(['detect', join(folder, name), ...args]);
      expect(JSON.parse(stdout).channels).toHaveLength(5);
    }
  });

  it('prints a table of channels, spikes and rates', async () => {
    const { exitCode, stdout } = await spikelab(call);
    expect(exitCode).toBe(0);
    const cells = stdout
      .split('\n')
      .filter((line) => line.startsWith('│'))
      .map((line) =>
        line
          .split('│')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const counts = expected.runs[0].spikesMs.map((train) => train.length);
    const rate = (count: number) => ((count * 1000) / expected.lengthMs).toFixed(count > 15 ? 1 : 2);
    const [head, ...rows] = cells;
    // a plain dataset has no gains
    expect(head.slice(0, 5)).toEqual(['channel', 'spikes', 'rate (Hz)', "noise (samples' unit)", 'threshold']);
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      ...counts.map((count, channel) => [`${channel}`, `${count}`, rate(count)]),
      ['all', '148', rate(148)],
    ]);
    for (const [, , , noise, threshold] of rows.slice(0, -1)) {
      expect(Number(threshold.replaceAll(',', ''))).toBeCloseTo(5 * Number(noise.replaceAll(',', '')), -0.5);
    }
  });

  it('says in JSON what was asked for', async () => {
    const { stdout } = await spikelab([...call, '--json', '--no-highcut', '--noise', 'std', '--no-hysteresis']);
    const { settings, channels } = JSON.parse(stdout);
    expect(settings).toEqual({
      thresholdSigma: 5,
      direction: 'both',
      noise: 'std',
      hysteresis: false,
      filter: { lowcut: 300, order: 3 },
    });
    expect(channels[0]).not.toHaveProperty('timesMs');
  });

  it('takes formats that say their own rate', async () => {
    const mcs = fileURLToPath(new URL('../../fixtures/recordings/mcs.h5', import.meta.url));
    const { exitCode, stdout } = await spikelab(['detect', mcs, '--no-filter', '--sigma', '1', '--json']);
    const found = JSON.parse(stdout);
    expect([exitCode, found.settings.filter]).toEqual([0, false]);
    expect(found.fsHz).toBeGreaterThan(0);
    expect(found.channels.length).toBeGreaterThan(0);
  });

  it.each(['svg', 'png'])('draws the spikes as %s', async (kind) => {
    const out = join(folder, `raster.${kind}`);
    const { exitCode, stderr } = await spikelab([...call, '--out', out]);
    expect([exitCode, stderr]).toEqual([0, `spikelab: wrote ${out}\n`]);
    const start = readFileSync(out).subarray(0, 8).toString('latin1');
    expect(start).toBe(kind === 'svg' ? '<svg xml' : '\x89PNG\r\n\x1a\n');
  });
});

describe('spikelab detect, when it cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spikelab-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const broken = join(folder, 'broken.h5');
  writeFileSync(broken, 'this is no HDF5 file');

  it.each([
    ['a missing file', [...call.with(1, join(folder, 'absent.h5'))], /no file .*absent\.h5/],
    ['no HDF5', [...call.with(1, broken)], /broken\.h5/],
    ['a missing dataset', [...call.with(3, 'traces/absent')], /traces\/absent.*traces\/raw/],
    ['a dataset of text', [...call.with(3, 'labels')], /labels/],
    ['a missing folder for the picture', [...call, '--out', join(folder, 'absent', 'a.svg')], /--out.*absent/],
  ])('gives one sentence for %s and exit code 1', async (_, args, sentence) => {
    const { exitCode, stdout, stderr } = await spikelab(args);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^spikelab: [^\n]*\n$/);
    expect([exitCode, stdout]).toEqual([1, '']);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['detekt']],
    ['an unknown option', [...call, '--sigmaa', '4']],
    ['no sample rate', call.slice(0, 4)],
    ['a rate of zero', [...call.slice(0, 4), '--fs', '0']],
    ['a rate that is no number', [...call.slice(0, 4), '--fs', '20 kHz']],
    ['a rate in hexadecimal', [...call.slice(0, 4), '--fs', '0x4e20']],
    ['half an order', [...call, '--order', '1.5']],
    ['an unknown direction', [...call, '--direction', 'sideways']],
    ['a cutoff without a filter', [...call, '--no-filter', '--lowcut', '200']],
    ['neither cutoff', [...call, '--no-lowcut', '--no-highcut']],
    ['a cutoff above Nyquist', [...call, '--highcut', '10001']],
    ['cutoffs that cross', [...call, '--lowcut', '4000', '--highcut', '400']],
    ['a picture of another kind', [...call, '--out', 'raster.gif']],
  ])('takes %s for wrong usage: exit code 2', async (_, args) => {
    const { exitCode, stdout, stderr } = await spikelab(args);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.length).toBeGreaterThan(10);
  });

  it('leaves no half-written picture behind', () => {
    expect(readdirSync(folder)).toEqual(['broken.h5']);
    expect(existsSync('raster.gif')).toBe(false);
  });
});

describe('spikelab', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await spikelab(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('shows help with examples on stdout', async () => {
    const { exitCode, stdout } = await spikelab(['detect', '--help']);
    expect(exitCode).toBe(0);
    for (const flag of '--dataset --fs --sigma --direction --noise --no-hysteresis --lowcut --highcut --order --no-filter'.split(
      ' ',
    ))
      expect(stdout).toContain(flag);
    expect(stdout).toMatch(/Examples:[\s\S]*spikelab detect recording\.h5/);
  });
});
