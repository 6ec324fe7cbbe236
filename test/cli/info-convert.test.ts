import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spikelab } from '../support/spikelab.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/kilosort/', import.meta.url));
const folder = `${fixtures}curated`;
const { all } = JSON.parse(readFileSync(`${fixtures}expected.json`, 'utf8')).curated;
const temporary = useTemporaryFolder();
interface Unit {
  unit_id: number;
  spikes: number;
  electrode?: number;
  location?: number[];
  timesMs: number[];
}
const sums = (units: Unit[]) => units.map(({ timesMs }) => timesMs.reduce((sum, t) => sum + t, 0));

describe('spikelab info', () => {
  it('shows the units of a KiloSort folder that it recognises by itself', async () => {
    const { exitCode, stdout, stderr } = await spikelab(['info', folder, '--fs', '32000', '--times']);
    const { format, units, report } = JSON.parse(stdout);
    expect([exitCode, format]).toEqual([0, 'kilosort']);
    expect(stderr).not.toContain('sample_rate');
    expect(units.map((unit: Unit) => unit.unit_id)).toEqual(all.unit_ids);
    expect(units.map((unit: Unit) => unit.spikes)).toEqual(all.counts);
    expect(units.map((unit: Unit) => unit.electrode)).toEqual(all.electrode);
    expect(units.map((unit: Unit) => unit.location)).toEqual(all.location);
    expect(sums(units)).toEqual(all.sum_ms.map((sum: number) => expect.closeTo(sum, 6)));
    expect(report.units.kept).toBe(all.unit_ids.length);
  });

  it('hands options on to the loader', async () => {
    const labels = ['--load', 'clusterInfoTsv=cluster_group.tsv', '--load', 'keepLabels=["noise"]'];
    const { stdout } = await spikelab(['info', folder, '--fs', '32000', '--json', ...labels]);
    expect(JSON.parse(stdout).units.map((unit: Unit) => unit.unit_id)).toEqual([6]);
  });

  it('passes what the loader warns of on to stderr', async () => {
    const { exitCode, stderr } = await spikelab(['info', folder, '--fs', '30000']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^spikelab: warning: .*30000.*32000/);
  });

  it('lists the datasets of an HDF5 file', async () => {
    const file = fileURLToPath(new URL('../../fixtures/cli/recording.h5', import.meta.url));
    const { stdout } = await spikelab(['info', file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      source: file,
      found: [{ format: 'hdf5', what: 'recording', parts: [{ name: '/traces/raw', channels: 4, samples: 30000 }] }],
      datasets: [
        { path: '/labels', shape: [2], type: 'string', filters: [] },
        { path: '/traces/raw', shape: [4, 30000], type: 'int16', filters: ['shuffle', 'deflate'] },
      ],
      more: 0,
    });
    expect((await spikelab(['info', file])).stdout).toMatch(
      /│ \/traces\/raw │ 4 × 30,000 │ int16 +│ shuffle, deflate │/,
    );
  });

  it.each([
    [
      'an option that no loader knows',
      ['info', folder, '--fs', '32000', '--load', 'clusterTsv=a.tsv'],
      2,
      /clusterTsv/,
    ],
    ['an unknown format', ['info', folder, '--from', 'klosort'], 2, /--from must be one of .*kilosort/],
    ['a missing rate', ['info', `${fixtures}places`, '--units'], 2, /--fs is needed/],
    ['a folder of several', ['info', fixtures, '--units'], 2, /the place of one sorting.*curated.*places/],
    ['a missing source', ['info', `${folder}-absent`], 1, /no file or folder .*curated-absent/],
  ])('refuses %s', async (_, args, code, sentence) => {
    const { exitCode, stdout, stderr } = await spikelab(args);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toMatch(sentence);
  });
});

describe('spikelab convert', () => {
  it('writes what it read', async () => {
    const target = temporary('copy');
    const converted = await spikelab(['convert', folder, target, '--fs', '32000']);
    expect([converted.exitCode, converted.stdout]).toEqual([
      0,
      `kilosort → kilosort: 6 units, 300 spikes in 9.99 s; wrote ${target}\n`,
    ]);
    const { stdout } = await spikelab(['info', target, '--fs', '32000', '--times']);
    const { units } = JSON.parse(stdout);
    expect(units.map((unit: Unit) => unit.spikes)).toEqual(all.counts);
    expect(sums(units)).toEqual(all.sum_ms.map((sum: number) => expect.closeTo(sum, 6)));
  });

  it.each([
    [20_000, /cut\.nwb: .* found 20000: the file is cut/],
    [0, /cut\.nwb: The file is empty/],
  ])('says of the first %d bytes of a file what is wrong, and asks for no format', async (size, sentence) => {
    const source = temporary('cut.nwb');
    writeFileSync(
      source,
      readFileSync(fileURLToPath(new URL('../../fixtures/nwb/full.nwb', import.meta.url))).subarray(0, size),
    );
    const { exitCode, stdout, stderr } = await spikelab(['convert', source, temporary('x.h5')]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('--from');
  });

  it('says of a pointer how the file itself is fetched', async () => {
    const source = temporary('p.nwb');
    writeFileSync(source, '/annex/objects/SHA256E-s100--abc.nwb\n');
    const { exitCode, stderr } = await spikelab(['convert', source, temporary('x.h5')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/datalad get "?.*p\.nwb/);
    expect(stderr).not.toContain('--from');
  });

  it.each([
    ['a.pl2', Buffer.alloc(600, 7), /a\.pl2: PL2 is a closed format/],
    ['a.nwb.gz', Buffer.from('1f8b0800', 'hex'), /a\.nwb\.gz: Unpack it first: gunzip/],
  ])('says of %s, which is known and not read, what to do, and asks for no format', async (name, bytes, sentence) => {
    const source = temporary(name);
    writeFileSync(source, bytes);
    const { exitCode, stderr } = await spikelab(['convert', source, temporary('x.h5')]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain('--from');
  });

  it('goes from one format to another', async () => {
    const target = temporary('sorted.h5');
    const { exitCode, stdout } = await spikelab(['convert', folder, target, '--fs', '32000']);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('kilosort → hdf5: 6 units, 300 spikes')]);
    const names = ['spikeTimesDataset=spike_times', 'spikeTimesIndexDataset=spike_times_index'];
    const load = names.flatMap((name) => ['--load', name]);
    const { units } = JSON.parse((await spikelab(['info', target, '--from', 'hdf5', '--times', ...load])).stdout);
    expect(units.map((unit: Unit) => unit.spikes)).toEqual(all.counts);
    expect(sums(units)).toEqual(all.sum_ms.map((sum: number) => expect.closeTo(sum, 6)));
  });

  it('writes nothing where it cannot read', async () => {
    const { exitCode } = await spikelab([
      'convert',
      fileURLToPath(new URL('../../fixtures/npy', import.meta.url)),
      temporary('copy'),
      '--from',
      'kilosort',
      '--fs',
      '32000',
    ]);
    expect(exitCode).toBe(1);
    expect(readdirSync(temporary('.'))).toEqual([]);
  });
});
