import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cases, type PeakCase, pathOf, placesOf } from '../detection/peaks/fixture.js';
import { spikelab } from '../support/spikelab.js';

const file = (recording: PeakCase['recording']) => [
  fileURLToPath(pathOf(recording)),
  ...['--format', 'npy', '--layout', 'channels-time', '--fs', '20000'],
  ...['--channel-locations', JSON.stringify(placesOf(recording))],
];

/** What somebody types for the options of the library. */
function flagsOf({ options }: PeakCase): string[] {
  const { method = 'by-channel', filter, reference, blank, badChannels, gainsToUv, peakSign, ...rest } = options;
  const named = {
    ...{ thresholdUv: '--threshold-uv', thresholdSigma: '--sigma', excludeSweepMs: '--exclude-sweep' },
    ...{ radiusUm: '--radius', deadTimeMs: '--dead-time', noise: '--noise' },
  } as Record<string, string>;
  return [
    ...['--method', method],
    ...(filter === false ? ['--no-filter'] : []),
    ...(reference ? ['--reference', referenceText(reference)] : []),
    ...(blank ? ['--blank', (blank.periodsMs ?? []).map(([from, to]) => `${from}-${to}`).join(',')] : []),
    ...(badChannels ? ['--bad-channels', String(badChannels)] : []),
    ...(gainsToUv ? ['--gains-to-uv', Array.from(gainsToUv).join(',')] : []),
    ...(peakSign ? ['--direction', { neg: 'down', pos: 'up', both: 'both' }[peakSign]] : []),
    ...Object.entries(rest).flatMap(([name, value]) => [named[name], String(value)]),
  ];
}

function referenceText(reference: NonNullable<Exclude<PeakCase['options']['reference'], false>>): string {
  const { kind, operator, channels } = reference;
  const keys = Object.keys(reference).join();
  if (keys === '') return 'median';
  if (keys === 'operator' && operator === 'average') return 'average';
  return kind === 'single' ? String(channels) : JSON.stringify(reference);
}

interface Found {
  spikes: number;
  settings: object;
  report: { findings: { code: string; message: string }[] };
  channels: { timesMs: number[]; amplitudes?: number[]; amplitudesUv?: number[]; state?: string; noise?: number }[];
}

async function found(args: string[]): Promise<Found> {
  const { exitCode, stdout, stderr } = await spikelab(['detect', ...args, '--json', '--times', '--quiet']);
  expect([exitCode, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('spikelab detect --method', () => {
  it.each(cases.map((c) => [flagsOf(c).join(' '), c] as const))("finds numpy's peaks: %s", async (_, c) => {
    const { channels } = await found([...file(c.recording), ...flagsOf(c)]);
    const of = <T>(values: readonly T[], row: number) => values.filter((_, i) => c.expect.channel[i] === row);
    channels.forEach(({ timesMs, amplitudes, amplitudesUv }, row) => {
      expect(timesMs.map((ms) => Math.round(ms * 20))).toEqual(of(c.expect.sample, row));
      expect(amplitudes ?? amplitudesUv).toEqual(of(c.expect.amplitude, row));
    });
  });

  it('shows amplitudes, bad channels and what was blanked', async () => {
    const more = ['--method', 'by-channel', '--bad-channels', '1,4', '--blank', '10-12.5', '--reference', 'median'];
    const { stdout } = await spikelab(['detect', ...file('noisy'), ...more]);
    expect(stdout).toContain('by-channel peaks beyond −5 MAD / 0.6745, band-pass 300–6000 Hz, global median off');
    expect(stdout).toContain('bad channels left out, 2.5 ms blanked');
    const [head, ...rows] = stdout.split('\n').filter((line) => line.startsWith('│'));
    expect(head).toMatch(/median size/);
    expect(rows.map((row) => /bad/.test(row))).toEqual([false, true, false, false, true, false, false]);
  });

  it('takes reference, blanking, µV and bad channels for crossings too', async () => {
    const gains = ['--gains-to-uv', '1,1,1', '--no-filter', '--direction', 'down'];
    const { channels } = await found([...file('ties'), ...gains, '--threshold-uv', '8', '--bad-channels', '2']);
    // one spike a run of samples below −8 that has a sample before it
    const values = readFileSync(pathOf('ties')).subarray(128);
    const below = (c: number, i: number) => values.readFloatLE(4 * (c * 1200 + i)) < -8;
    [0, 1].forEach((c) => {
      const first = Array.from({ length: 1200 }, (_, i) => i).filter((i) => i > 0 && below(c, i) && !below(c, i - 1));
      expect(channels[c].timesMs).toEqual(first.map((i) => ((i + 0.5) * 1000) / 20000));
    });
    expect([channels[2].timesMs, channels[2].state]).toEqual([[], 'bad']);
  });

  it.each([
    ['a sweep without a method', ['--exclude-sweep', '1'], /--exclude-sweep must be given only with --method/],
    ['snippets without a method', ['--snippets'], /--snippets must be given only with --method/],
    ['a sweep below a sample', ['--method', 'by-channel', '--exclude-sweep', '0.01'], /at least one sample/],
    [
      'a sweep beside a dead time',
      ['--method', 'dead-time', '--exclude-sweep', '1'],
      /--exclude-sweep must be left out/,
    ],
    ['an unknown method', ['--method', 'wavelet'], /--method.*by-channel, locally-exclusive, dead-time/],
    [
      'a radius for one channel alone',
      ['--method', 'by-channel', '--radius', '50'],
      /--radius must be given only with/,
    ],
    ['two thresholds', ['--method', 'by-channel', '--sigma', '4', '--threshold-uv', '40'], /cannot be used with/],
    ['µV without gains', ['--method', 'by-channel', '--threshold-uv', '40'], /--threshold-uv.*gains/],
    ['a threshold of 0', ['--method', 'by-channel', '--threshold-uv', '0'], /positive number/],
    ['a row out of range', ['--method', 'by-channel', '--bad-channels', '9'], /badChannels\[0\].*from 0 to 5, got 9/],
    ['rows that are names', ['--method', 'by-channel', '--bad-channels', 'ch3'], /rows of the traces with commas/],
    ['health that cannot be told', ['--method', 'by-channel', '--bad-channels', 'detect'], /places and gains/],
    ['a period backwards', ['--method', 'by-channel', '--blank', '20-10'], /periods in ms/],
    ['an unknown reference', ['--method', 'by-channel', '--reference', 'mean'], /median, average, local/],
    ['an unknown kind of it', ['--method', 'by-channel', '--reference', '{"kind":"all"}'], /reference\.kind/],
    ['groups that overlap', ['--method', 'by-channel', '--reference', '{"groups":[[0,1],[1,2]]}'], /row 1 in groups/],
    ['every sample', ['--method', 'by-channel', '--no-hysteresis'], /--no-hysteresis must be given only with/],
  ])('takes %s for wrong usage', async (_, args, sentence) => {
    const { exitCode, stdout, stderr } = await spikelab(['detect', ...file('noisy'), ...args]);
    expect(stderr).toMatch(sentence);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

describe('spikelab health', () => {
  it('shows deviations, and finds outliers', async () => {
    const gains = ['--gains-to-uv', '1,1,1,40,1,1'];
    const args = ['health', ...file('noisy'), ...gains, '--method', 'mad'];
    const { stdout, exitCode } = await spikelab(args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^1 of 6 channels are bad \(1 noise\): --bad-channels 3\n/);
    const json = JSON.parse((await spikelab([...args, '--json'])).stdout);
    expect(json.bad).toEqual([3]);
    expect(json.channels.map(({ label }: { label: string }) => label)).toEqual([
      'good',
      'good',
      'good',
      'noise',
      'good',
      'good',
    ]);
    expect(json.channels[3].deviation).toBeGreaterThan(5 * json.channels[0].deviation);
  });

  it('is what detect leaves out', async () => {
    const gains = ['--gains-to-uv', '1,1,1,1,1,1'];
    const { stdout } = await spikelab(['health', ...file('noisy'), ...gains, '--json', '--quiet']);
    const { bad } = JSON.parse(stdout);
    const { report, channels } = await found([...file('noisy'), ...gains, '--bad-channels', 'detect']);
    expect(bad.length).toBeGreaterThan(0);
    expect(channels.flatMap(({ state }, c) => (state === 'bad' ? [c] : []))).toEqual(bad);
    expect(report.findings.map(({ code }) => code)).toContain('bad-channels');
  });

  it('says what it needs', async () => {
    const [path, ...rest] = file('noisy');
    const { exitCode, stderr } = await spikelab(['health', path, ...rest.slice(0, -2)]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/gains-to-uv is needed|channel-locations is needed/)]);
  });
});
