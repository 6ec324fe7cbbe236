import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { identificationText } from '../../lib/cli/identification-text.js';
import { tableText } from '../../lib/cli/table.js';
import { loadSpikeDataFromNwb, loadSpikeDataFromPickle } from '../../lib/index.js';
import { spikelab } from '../support/spikelab.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const temporary = useTemporaryFolder();
const expected = JSON.parse(readFileSync(fixture('cli/recording.expected.json'), 'utf8'));
const detect = ['detect', fixture('cli/recording.h5'), '--dataset', expected.dataset, '--fs', String(expected.fsHz)];
const spikesMs: number[][] = expected.runs[0].spikesMs;

describe('spikelab info', () => {
  it('says what a file is, what is in it and what to type next', async () => {
    const { exitCode, stdout } = await spikelab(['info', fixture('recordings/mcs.h5')]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/mcs: recording/);
    expect(stdout).toMatch(/│ +5 │ +60 │ +25000 │/);
    const line = /spikelab (detect \S+.*)/.exec(stdout)?.[1] ?? '';
    expect((await spikelab(line.split(' '))).exitCode).toBe(0);
  });

  it('prints what identify found as JSON, read in a child for files from strangers', async () => {
    const { stdout } = await spikelab(['info', fixture('nwb/full.nwb'), '--json', '--untrusted']);
    expect(JSON.parse(stdout).found).toMatchObject([
      { format: 'nwb', parts: [{ name: '/units', units: 3, spikes: 5 }, {}] },
    ]);
  });

  it('takes options of the library by their names in kebab case', async () => {
    const labels = ['--cluster-info-tsv', 'cluster_group.tsv', '--keep-labels', 'noise'];
    const { stdout } = await spikelab(['info', fixture('kilosort/curated'), '--json', ...labels]);
    expect(JSON.parse(stdout).units.map((unit: { unit_id: number }) => unit.unit_id)).toEqual([6]);
  });

  it('says that a recording is none where spikes were asked for', async () => {
    const { exitCode, stderr } = await spikelab(['info', fixture('recordings/mcs.h5'), '--units']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/It is a recording: spikelab detect/);
  });
});

describe('spikelab detect', () => {
  it('writes the spikes in each format', async () => {
    for (const [name, load] of [
      ['spikes.nwb', loadSpikeDataFromNwb],
      ['spikes.pkl', loadSpikeDataFromPickle],
    ] as const) {
      const out = temporary(name);
      const { exitCode, stderr } = await spikelab([...detect, '--out', out]);
      expect([exitCode, stderr]).toEqual([0, `spikelab: wrote ${out}\n`]);
      const sd = await load(out, { onWarning() {} });
      expect(sd.train.map((train) => train.length)).toEqual(spikesMs.map((train) => train.length));
    }
  });

  it('takes the rate of the recording for formats that count samples', async () => {
    const out = temporary('sorted');
    expect((await spikelab([...detect, '--out', out, '--quiet'])).stderr).toBe('');
    const { stdout } = await spikelab(['info', out, '--fs', String(expected.fsHz), '--json']);
    expect(JSON.parse(stdout).spikes).toBe(spikesMs.flat().length);
  });

  it('gives noise and threshold in µV where gains are known, and names channels without use', async () => {
    const { stdout } = await spikelab([
      'detect',
      fixture('recordings/mcs.h5'),
      '--no-filter',
      '--json',
      '--sigma',
      '4',
    ]);
    const [channel] = JSON.parse(stdout).channels;
    expect(channel.thresholdUv).toBeCloseTo(4 * channel.noiseUv, 9);
    const flat = temporary('flat.dat');
    const samples = Int16Array.from({ length: 2 * 30_000 }, (_, i) => (i % 2 ? 7 : Math.round(1e4 * Math.sin(i * i))));
    writeFileSync(flat, samples);
    const found = await spikelab(['detect', flat, '--channels', '2', '--fs', '30000', '--json', '--sigma', '9']);
    expect(JSON.parse(found.stdout).channels.map(({ state }: { state: string }) => state)).toEqual(['silent', 'flat']);
  });
});

describe('flags of all commands', () => {
  it('keeps warnings back with --quiet', async () => {
    const info = ['info', fixture('kilosort/curated'), '--fs', '30000'];
    expect((await spikelab(info)).stderr).toMatch(/warning: .*30000.*32000/);
    expect((await spikelab([...info, '--quiet'])).stderr).toBe('');
  });

  it('shows where an error came from with --debug', async () => {
    const { stderr } = await spikelab(['info', fixture('hdf5_read/damaged.h5'), '--from', 'nwb', '--debug']);
    expect(stderr).toMatch(/^spikelab: .*\n.*Error: [\s\S]*\n {4}at /);
  });

  it.each([
    ['a missing rate', ['detect', fixture('recordings/c_order.npy')], /^spikelab: --fs is needed/],
    [
      'both cutoffs left out',
      [...detect, '--no-lowcut', '--no-highcut'],
      /--no-lowcut must be given alone.*--no-filter/,
    ],
    [
      'a length that ends too early',
      [...detect, '--length', '100'],
      /^spikelab: --length is shorter than the recording/,
    ],
  ])('says in one sentence that there is %s', async (_, args, sentence) => {
    const { exitCode, stderr } = await spikelab(args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(sentence);
  });

  it.each(['info', 'detect', 'convert', 'plot', 'view', 'ibl probes', 'ibl load', 'dandi ls', 'dandi load', 'doctor'])(
    'shows the help of %s on a screen, examples first',
    async (words) => {
      const { stdout } = await spikelab([...words.split(' '), '--help']);
      expect(stdout).toMatch(/^Examples:\n {2}spikelab /);
      expect(stdout.split('\n').length).toBeLessThan(50);
    },
  );
});

describe('spikelab doctor, options and completion', () => {
  it('checks the installation', async () => {
    const { exitCode, stdout } = await spikelab(['doctor', '--json']);
    const checks: { name: string; state: string; found: string; remedy?: string }[] = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    const addon = checks.find(({ name }) => name === 'addon');
    expect(addon?.state).toBe('good');
    expect(addon?.found).toMatch(/^HDF5 [\d.]+, \/.*spikelab\.node$/);
    for (const { state, remedy } of checks) expect(state === 'good' || remedy).toBeTruthy();
  });

  it('lists every option of a format', async () => {
    const { stdout } = await spikelab(['options', 'kilosort']);
    for (const flag of ['--fs-hz <hz>', '--keep-labels <a,b,…>', '--length-ms <ms>', '--to-time-unit']) {
      expect(stdout).toContain(flag);
    }
    expect((await spikelab(['options', 'klosort'])).exitCode).toBe(2);
  });

  it('completes commands and flags in bash', async () => {
    const script = (await spikelab(['completion', 'bash'])).stdout;
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spikelab; echo "\${COMPREPLY[@]}"`,
        ...['bash', 'spikelab', ...words],
      ])
        .toString()
        .trim();
    expect(complete('det')).toBe('detect');
    expect(complete('ibl', '')).toBe('probes load');
    expect(complete('ibl', 'load', '--cache')).toBe('--cache-dir');
    expect(complete('info', '--dat')).toBe('--datasets');
  });

  it.runIf(spawnSync('fish', ['--version']).status === 0)('completes commands and flags in fish', async () => {
    const script = (await spikelab(['completion', 'fish'])).stdout;
    const complete = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `${script}\ncomplete -C '${line}'`], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((entry) => entry.split('\t')[0]);
    expect(complete('spikelab det')).toEqual(['detect']);
    // files of this folder are among them
    expect(complete('spikelab ibl p')).toContain('probes');
    expect(complete('spikelab info --dat')).toEqual(['--datasets']);
  });
});

describe('tables', () => {
  const table = {
    head: ['unit', 'spikes'],
    rows: [
      ['0', '1,000'],
      ['all', '7'],
    ],
  };

  it('have borders where there is room, none where it is narrow, and a line a value below that', () => {
    expect(tableText(table, 80).split('\n')[3]).toBe('│    0 │  1,000 │');
    expect(tableText(table, 14)).toBe('unit  spikes\n   0   1,000\n all       7');
    expect(tableText(table, 8)).toBe('unit    0\nspikes  1,000\n\nunit    all\nspikes  7');
  });

  it('show what identify found without a column for what no part has', () => {
    const found = { format: 'x', readable: true, what: 'recording' as const, details: { path: 'a' }, findings: [] };
    const parts = [{ name: 'ap', options: {}, channels: 384, fsHz: 30_000 }];
    const text = identificationText([{ ...found, parts, code: ['c'], shell: ['s'], advice: 'do', bytesRead: 1 }]);
    expect(text).toMatch(/│ part │ channels │ rate \(Hz\) │/);
    expect(text).toMatch(/what to do: do\n {2}next:\n {4}s\n {2}in code:\n {4}c$/);
  });
});
