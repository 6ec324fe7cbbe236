import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { saveNpy } from '../../../lib/containers/npy/write.js';
import type { NumericArray } from '../../../lib/core/arrays.js';
import { FormatError, LimitError, NotFoundError, OptionError } from '../../../lib/core/errors.js';
import type { Finding } from '../../../lib/core/findings.js';
import { type KilosortOptions, loadSpikeDataFromKilosort } from '../../../lib/formats/kilosort/load.js';
import { sampleRateIn } from '../../../lib/formats/kilosort/sample-rate.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/kilosort/', import.meta.url));
interface Expected {
  unit_ids: number[];
  counts: number[];
  sum_ms: number[];
  first_ms: number[];
  electrode?: number[];
  location?: number[][];
}
const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<
  string,
  Record<string, Expected>
>;
const temporary = useTemporaryFolder();

/** Loads, and collects what was warned about instead of warning. */
async function load(folder: string, options: Partial<KilosortOptions> = {}) {
  const warnings: Finding[] = [];
  const onWarning = (finding: Finding) => warnings.push(finding);
  const sd = await loadSpikeDataFromKilosort(folder, { fsHz: 32_000, onWarning, ...options });
  const attribute = (key: string) => sd.neuronAttributes?.map((attributes) => attributes[key]);
  return { sd, attribute, warnings, findings: sd.report?.findings ?? [] };
}

function compareTrains(train: readonly Float64Array[], want: Expected) {
  expect(train.map((times) => times.length)).toEqual(want.counts);
  train.forEach((times, u) => {
    expect(times[0]).toBeCloseTo(want.first_ms[u], 9);
    expect(times.reduce((a, b) => a + b, 0)).toBeCloseTo(want.sum_ms[u], 5);
  });
}

/** A folder made here: arrays by name, texts by name. */
async function folderOf(arrays: Record<string, NumericArray>, texts: Record<string, string> = {}): Promise<string> {
  const folder = temporary('ks');
  mkdirSync(folder);
  for (const [name, data] of Object.entries(arrays)) await saveNpy(join(folder, `${name}.npy`), data);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  return folder;
}
const simple = {
  spike_times: BigInt64Array.from([10n, 20n, 30n, 40n]),
  spike_clusters: Int32Array.from([0, 1, 0, 2]),
};

describe('folders of every vintage', () => {
  it.each(Object.keys(expected))('%s: units, electrodes and locations as numpy finds them', async (name) => {
    const { sd, attribute } = await load(join(fixtures, name));
    const want = expected[name].all;
    expect(attribute('unit_id')).toEqual(want.unit_ids);
    expect(sd.metadata).toMatchObject({ source_format: 'KiloSort', cluster_ids: want.unit_ids, fs_Hz: 32_000 });
    compareTrains(sd.train, want);
    expect(attribute('electrode')).toEqual(want.electrode);
    expect(attribute('location')).toEqual(want.location);
  });

  it('reads spike_templates where spike_clusters is missing, and says so', async () => {
    const { findings, attribute } = await load(join(fixtures, 'sparse'));
    expect(findings.map((f) => f.code)).toContain('clusters-from-templates');
    expect(attribute('si_unit_id')).toEqual(['#3', '#7', undefined, undefined]);
  });

  it('takes what tables know about a cluster, cell by cell', async () => {
    const { attribute } = await load(join(fixtures, 'features'));
    expect(attribute('label')).toEqual(['good', 'noise', 'unsorted']);
    expect(attribute('amplitude')).toEqual([41.5, undefined, 12]);
    expect(attribute('depth')).toEqual([30, undefined, undefined]);
    const curated = await load(join(fixtures, 'curated'));
    expect(curated.attribute('contamination')).toEqual([3.5, ...new Array(4).fill(undefined), 100]);
  });
});

describe('labels', () => {
  const curated = join(fixtures, 'curated');

  it('keeps good and mua, group before KSLabel row by row, through BOM, CRLF and blank cells', async () => {
    const { sd, attribute, findings, warnings } = await load(curated, { clusterInfoTsv: 'cluster_group.tsv' });
    expect(attribute('unit_id')).toEqual(expected.curated.filtered.unit_ids);
    compareTrains(sd.train, expected.curated.filtered);
    expect(sd.report?.units).toEqual({ kept: 4, dropped: { noise: 1, unlisted: 1 } });
    expect(findings.find((f) => f.code === 'clusters-dropped')).toMatchObject({ count: 2 });
    expect(warnings.map((f) => f.code)).toEqual(['cluster-rows-without-id']);
    expect(sd.metadata.labels).toEqual(['good', 'good', 'MUA', 'mua']);
  });

  it('keepLabels says otherwise; a cluster without a row is unsorted', async () => {
    const options = { clusterInfoTsv: 'cluster_group.tsv', keepLabels: ['Noise', 'unsorted'] };
    const { attribute } = await load(curated, options);
    expect(attribute('unit_id')).toEqual([5, 6]);
  });

  it('without a table all are kept, and the report counts the labels in the folder', async () => {
    const { sd, findings } = await load(curated);
    expect(sd.N).toBe(expected.curated.all.unit_ids.length);
    expect(findings.find((f) => f.code === 'labels-in-folder')?.message).toMatch(
      /2 "good", 2 "mua", 1 "unsorted", 1 "noise"/,
    );
  });

  it('includeNoise keeps all', async () => {
    const { sd } = await load(curated, { clusterInfoTsv: 'cluster_group.tsv', includeNoise: true });
    expect(sd.N).toBe(expected.curated.all.unit_ids.length);
  });

  it("counts blank, unlisted and 'mua good' ones", async () => {
    const text = 'cluster_id\tgroup\n0\t\n1\tmua good\n';
    const { sd } = await load(await folderOf(simple, { 't.tsv': text }), { clusterInfoTsv: 't.tsv' });
    expect(sd.metadata.cluster_ids).toEqual([1]);
    expect(sd.report?.units.dropped).toEqual({ unsorted: 1, unlisted: 1 });
  });

  it('reads comma-separated tables', async () => {
    const text = '"cluster_id","group"\n0,"good"\n1,"no, really"\n2,noise\n';
    const { attribute } = await load(await folderOf(simple, { 'cluster_groups.csv': text }), {
      clusterInfoTsv: 'cluster_groups.csv',
    });
    expect(attribute('unit_id')).toEqual([0]);
  });

  const rows = ['cluster_id,KSLabel,group,depth', '0,good,good,20.5', '1,good,noise,"1,5"', '2,mua,,7'];
  const table = (delimiter: string) =>
    rows.map((row) => row.replaceAll(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/g, delimiter)).join('\n');
  it.each([
    ['semicolons', table(';')],
    ['bars', table('|')],
    ["Excel's line sep=;", `sep=;\r\n${table(';')}`],
    ['ids as floats', table('\t').replaceAll(/^(\d)/gm, '$1.0')],
    ['ids as Excel writes floats', table(';').replaceAll(/^(\d)/gm, '$1,00')],
    ['other case', table('\t').replace('cluster_id', 'Cluster_ID').replace('group', 'Group')],
    ['nan where nothing is', `${table('\t').replace('\t\t', '\tnan\t')}\n`],
    ['NaN where nothing is', table(',').replace(',,', ',NaN,')],
    ['NA where nothing is', table(',').replace(',,', ',<NA>,')],
    ['blank lines', table('\t').replaceAll('\n', '\r\n\r\n')],
  ])('filters by a table with %s', async (_, text) => {
    const { attribute } = await load(await folderOf(simple, { 't.csv': text }), { clusterInfoTsv: 't.csv' });
    expect(attribute('unit_id')).toEqual([0, 2]);
  });

  it.each(['utf16le', 'utf16be'] as const)("reads Excel's Unicode text (%s)", async (encoding) => {
    const folder = await folderOf(simple);
    const bytes = Buffer.from(`\ufeff${table('\t').replace('\t20.5', '\t20,5')}`, 'utf16le');
    writeFileSync(join(folder, 'cluster_info.tsv'), encoding === 'utf16le' ? bytes : bytes.swap16());
    const { attribute } = await load(folder, { clusterInfoTsv: 'cluster_info.tsv' });
    expect(attribute('unit_id')).toEqual([0, 2]);
    expect(attribute('depth')).toEqual([20.5, 7]);
  });

  it('reads a comma as the decimal one where semicolons split the cells, and makes nothing up where it may be thousands', async () => {
    const depths = async (text: string) => {
      const { attribute } = await load(await folderOf(simple, { 'cluster_info.tsv': text }));
      rmSync(temporary('ks'), { recursive: true });
      return attribute('depth');
    };
    expect(await depths('cluster_id;depth\n0;1,250\n1;nan\n2;-3,5\n')).toEqual([1.25, undefined, -3.5]);
    expect(await depths('cluster_id\tdepth\n0\t1,250\n1\t2,5\n2\t3\n')).toEqual([undefined, 2.5, 3]);
  });

  it('a table that cannot be split is no table without labels', async () => {
    const folder = await folderOf(simple, { 't.tsv': 'cluster_id group\n0 good\n1 noise\n' });
    await expect(load(folder, { clusterInfoTsv: 't.tsv' })).rejects.toThrow(/split by tabs.*'cluster_id group'/);
  });

  it('gives no units, and a warning, where all are left out', async () => {
    const folder = await folderOf(simple, { 't.tsv': 'cluster_id\tgroup\n0\tnoise\n1\tnoise\n2\tartefact\n' });
    const { sd, warnings } = await load(folder, { clusterInfoTsv: 't.tsv' });
    expect([sd.N, sd.length]).toEqual([0, 0]);
    expect(sd.report?.units).toEqual({ kept: 0, dropped: { noise: 2, artefact: 1 } });
    expect(warnings).toMatchObject([{ code: 'no-clusters-kept', count: 3 }]);
    expect(warnings[0].message).toMatch(/2 "noise", 1 "artefact".*keepLabels/);
  });

  it('a named table that is missing, empty or without ids is an error; one without labels a warning', async () => {
    const texts = {
      'empty.tsv': '',
      'header.tsv': 'cluster_id\tgroup\n',
      'ids.tsv': 'cluster_id\tgroup\nx\tgood\n',
      'other.tsv': 'a\tb\n1\t2\n',
    };
    const folder = await folderOf(simple, texts);
    const named = (clusterInfoTsv: string) => load(folder, { clusterInfoTsv });
    await expect(named('none.tsv')).rejects.toThrow(NotFoundError);
    await expect(named('empty.tsv')).rejects.toThrow(FormatError);
    await expect(named('header.tsv')).rejects.toThrow(/at least one row.*clusterInfoTsv/);
    await expect(named('ids.tsv')).rejects.toThrow(/cluster_id of ids\.tsv, found 'x'/);
    const { sd, warnings } = await named('other.tsv');
    expect([sd.N, warnings[0].code]).toEqual([3, 'cluster-table-columns']);
  });

  it('the first of two rows for a cluster counts, with a finding', async () => {
    const folder = await folderOf(simple, { 't.tsv': 'cluster_id\tgroup\n0\tgood\n0\tnoise\n1\tmua\n' });
    const { sd, warnings } = await load(folder, { clusterInfoTsv: 't.tsv' });
    expect(sd.metadata.cluster_ids).toEqual([0, 1]);
    expect(warnings).toMatchObject([{ code: 'cluster-rows-repeated', count: 1 }]);
  });
});

describe('channels', () => {
  const map = { channel_map: Int32Array.from([5, 6, 7]) };
  const table = (rows: string) => ({ 'cluster_info.tsv': `cluster_id\tch\tdepth\n${rows}` });

  it('takes ids for channels only in fresh folders with nothing better, and warns', async () => {
    const { attribute, warnings } = await load(await folderOf({ ...simple, ...map }));
    expect(attribute('electrode')).toEqual([5, 6, 7]);
    expect(warnings.map((f) => f.code)).toEqual(['channel-from-cluster-id']);
  });

  it('invents nothing where ids have gaps', async () => {
    const clusters = { spike_clusters: Int32Array.from([0, 1, 0, 3]) };
    const { attribute, warnings } = await load(await folderOf({ ...simple, ...clusters, ...map }));
    expect(attribute('electrode')).toEqual([undefined, undefined, undefined]);
    expect(warnings).toEqual([]);
  });

  it('reads ch as channel numbers where channel_map has them', async () => {
    const { attribute } = await load(
      await folderOf({ ...simple, channel_map: Int32Array.from([2, 0, 1]) }, table('0\t2\t\n1\t0\t\n2\t1\t\n')),
    );
    expect(attribute('electrode')).toEqual([2, 0, 1]);
  });

  it('reads ch as rows where only that fits', async () => {
    const { attribute, findings } = await load(
      await folderOf({ ...simple, ...map }, table('0\t2\t\n1\t0\t\n2\t1\t\n')),
    );
    expect(attribute('electrode')).toEqual([7, 5, 6]);
    expect(findings.map((f) => f.code)).toContain('table-lists-rows');
  });

  it('lets the depth decide where both readings are possible', async () => {
    const folder = await folderOf(
      { ...simple, channel_map: Int32Array.from([2, 0, 1]) },
      table('0\t2\t200\n1\t0\t0\n'),
    );
    await saveNpy(join(folder, 'channel_positions.npy'), Float64Array.from([0, 0, 0, 100, 0, 200]), [3, 2]);
    const { attribute } = await load(folder);
    expect(attribute('electrode')?.slice(0, 2)).toEqual([1, 2]);
    expect(attribute('location')?.slice(0, 2)).toEqual([
      [0, 200],
      [0, 0],
    ]);
  });

  it('takes the channel nearest to the median place of the spikes, those without a place being far off', async () => {
    const folder = await folderOf({
      spike_times: BigInt64Array.from([1n, 2n, 3n, 4n, 5n, 6n, 7n]),
      spike_clusters: Int32Array.from([0, 1, 0, 1, 0, 1, 0]),
      channel_map: Int32Array.from([5, 6, 7]),
    });
    // y of cluster 0: 0, 10, 20, 30, median 15; of cluster 1: 40, none, 39, median 40
    const places = Float32Array.from([0, 0, 0, 40, 0, 30, 0, Number.NaN, 0, 10, 0, 39, 0, 20]);
    await saveNpy(join(folder, 'spike_positions.npy'), places, [7, 2]);
    await saveNpy(join(folder, 'channel_positions.npy'), Float64Array.from([0, 0, 0, 14, 0, 41]), [3, 2]);
    const { attribute } = await load(folder);
    expect(attribute('electrode')).toEqual([6, 7]);
  });

  it('passes over a damaged side file with a warning, and refuses one that holds other things', async () => {
    const folder = await folderOf(simple);
    writeFileSync(join(folder, 'channel_map.npy'), 'not an array');
    const { warnings } = await load(folder);
    expect(warnings.map((f) => f.code)).toEqual(['array-unreadable']);
    await saveNpy(join(folder, 'channel_map.npy'), Float64Array.from([Number.NaN, 1]));
    await expect(load(folder)).rejects.toThrow(/Channel numbers.*found NaN in row 0/);
    rmSync(join(folder, 'channel_map.npy'));
    await saveNpy(join(folder, 'channel_positions.npy'), Float64Array.from([1, 2]));
    await expect(load(folder)).rejects.toThrow(/channel_positions.npy must hold coordinates.*\(2\)/);
  });
});

describe('times', () => {
  it('reads every unit and integer width, as the same trains', async () => {
    const want = [[1, 3], [2], [4]];
    const cases: [NumericArray, Partial<KilosortOptions>][] = [
      [simple.spike_times, {}],
      [BigUint64Array.from([10n, 20n, 30n, 40n]), {}],
      [Uint16Array.from([10, 20, 30, 40]), { timeUnit: 'samples' }],
      [Float64Array.from([0.001, 0.002, 0.003, 0.004]), { timeUnit: 's' }],
      [Float32Array.from([1, 2, 3, 4]), { timeUnit: 'ms' }],
    ];
    for (const [spike_times, options] of cases) {
      const folder = await folderOf({ ...simple, spike_times });
      const { sd } = await load(folder, { fsHz: 10_000, ...options });
      expect(sd.train.map((t) => [...t])).toEqual(want);
      rmSync(folder, { recursive: true });
    }
  });

  it('reads big-endian times as the same trains', async () => {
    const folder = await folderOf(simple);
    const native = await load(folder);
    const path = join(folder, 'spike_times.npy');
    const bytes = readFileSync(path);
    bytes.subarray(128).swap64();
    writeFileSync(path, Buffer.from(bytes.toString('latin1').replace("'<i8'", "'>i8'"), 'latin1'));
    expect((await load(folder)).sd.train).toEqual(native.sd.train);
  });

  it('holds samples beyond 2^32 exactly', async () => {
    const spike_times = BigUint64Array.from([1n, 2n ** 33n + 1n, 2n ** 40n, 2n ** 52n]);
    const { sd } = await load(await folderOf({ ...simple, spike_times }), { fsHz: 1000 });
    expect(sd.train.map((t) => [...t])).toEqual([[1, 2 ** 40], [2 ** 33 + 1], [2 ** 52]]);
  });

  it('refuses samples that all lie before 0', async () => {
    const folder = await folderOf({ ...simple, spike_times: Int32Array.from([-10, -20, -30, -40]) });
    await expect(load(folder)).rejects.toThrow(/at or after sample 0.*spike_times.npy/);
  });

  it('refuses seconds that pose as samples, and what float64 cannot hold', async () => {
    const bad = (spike_times: NumericArray) =>
      folderOf({ ...simple, spike_times }).then((folder) =>
        load(folder).finally(() => rmSync(folder, { recursive: true })),
      );
    await expect(bad(Float64Array.from([1, 2.5, 3, 4]))).rejects.toThrow(/2\.5 at index 1.*timeUnit: 's'/);
    await expect(bad(BigUint64Array.from([1n, 2n, 3n, 2n ** 64n - 1n]))).rejects.toThrow(
      /spike_times.npy\[3\].*at most 2\^53/,
    );
    await expect(bad(Int32Array.from([1, 2, 3]))).rejects.toThrow(/3 in spike_times.npy and 4 in spike_clusters.npy/);
  });

  const early = [-20n, -3n, 15n, 300n];
  it.each([
    ['int64', BigInt64Array.from(early)],
    ['uint64', BigUint64Array.from(early, (n) => BigInt.asUintN(64, n))],
    ['uint32', Uint32Array.from(early, (n) => Number(BigInt.asUintN(32, n)))],
    ['float64', Float64Array.from(early, Number)],
  ])('keeps spikes before sample 0 (%s), says so, and starts at the whole ms before them', async (_, spike_times) => {
    const { sd, warnings } = await load(await folderOf({ ...simple, spike_times }), { fsHz: 30_000, lengthMs: 50 });
    expect(sd.train.map((times) => [...times])).toEqual([[-20 / 30, 0.5], [-3 / 30], [10]]);
    expect([sd.startTime, sd.length]).toEqual([-1, 51]);
    expect(warnings).toMatchObject([{ code: 'spikes-before-start', count: 2 }]);
  });

  it('takes large unsigned samples for what they are where the file ends with larger ones', async () => {
    const spike_times = Uint32Array.from([2 ** 32 - 9, 2 ** 32 - 8, 2 ** 32 - 7, 2 ** 32 - 6]);
    const { sd } = await load(await folderOf({ ...simple, spike_times }), { fsHz: 1000 });
    expect([...sd.train[0]]).toEqual([2 ** 32 - 9, 2 ** 32 - 7]);
  });

  it('refuses ids that are no whole numbers, and takes huge ones without huge memory', async () => {
    const bad = (spike_clusters: NumericArray) =>
      folderOf({ ...simple, spike_clusters }).then((folder) =>
        load(folder).finally(() => rmSync(folder, { recursive: true })),
      );
    await expect(bad(Float64Array.from([0, 0.5, 1, 1]))).rejects.toThrow(/0\.5 at index 1/);
    await expect(bad(Int32Array.from([0, 1, -3, 1]))).rejects.toThrow(/-3 at index 2/);
    await expect(bad(BigInt64Array.from([0n, 2n ** 40n, 0n, 0n]))).rejects.toThrow(FormatError);
    const { sd } = await bad(Uint32Array.from([2 ** 32 - 1, 7, 7, 2 ** 32 - 1]));
    expect(sd.metadata.cluster_ids).toEqual([7, 2 ** 32 - 1]);
    expect(sd.train.map((t) => t.length)).toEqual([2, 2]);
  });

  it('compares fsHz with params.py, read as text', async () => {
    const { warnings } = await load(join(fixtures, 'curated'), { fsHz: 30_000 });
    expect(warnings.find((f) => f.code === 'sample-rate-differs')?.message).toMatch(/fsHz is 30000.*32000/);
    expect((await load(join(fixtures, 'curated'))).warnings.map((f) => f.code)).toEqual(['cluster-rows-without-id']);
    expect(sampleRateIn('sample_rate = 25000.\r\n')).toBe(25_000);
    expect(sampleRateIn('#sample_rate = 1\nSample_Rate=2.999976e+04 # Hz')).toBe(29_999.76);
    expect(sampleRateIn('sample_rate = __import__("os").system("id")')).toBeUndefined();
  });
});

describe('options and folders', () => {
  it.each(['/etc/passwd', '../x.npy', 'a/b.npy', 'a\\b', '', '.', 'x\0y'])(
    'refuses %j for a file name',
    async (name) => {
      for (const option of ['spikeTimesFile', 'clusterInfoTsv', 'channelMapFile']) {
        await expect(load(join(fixtures, 'curated'), { [option]: name })).rejects.toThrow(OptionError);
      }
    },
  );

  it('does not follow a link out of the folder', async () => {
    const folder = await folderOf(simple);
    cpSync(join(folder, 'spike_times.npy'), temporary('outside.npy'));
    rmSync(join(folder, 'spike_times.npy'));
    symlinkSync(temporary('outside.npy'), join(folder, 'spike_times.npy'));
    await expect(load(folder)).rejects.toThrow(/out of the folder/);
  });

  it("refuses Open Ephys' online spikes, which have files of the same names", async () => {
    const folder = await folderOf({ ...simple, spike_electrode_indices: Int32Array.from([1, 1, 1, 1]) });
    await expect(load(folder)).rejects.toThrow(/Open Ephys' online spikes.*start of acquisition/);
    await saveNpy(join(folder, 'channel_map.npy'), Int32Array.from([0]));
    expect((await load(folder)).sd.N).toBe(3);
  });

  it('says what is missing and what there is', async () => {
    const folder = await folderOf({ spike_clusters: simple.spike_clusters });
    await expect(load(folder)).rejects.toThrow(/no file spike_times.npy.*which holds spike_clusters.npy/);
    await expect(load(temporary('none'))).rejects.toThrow(NotFoundError);
    cpSync(join(fixtures, 'curated'), join(folder, 'sorter_output'), { recursive: true });
    await expect(load(folder)).rejects.toThrow(/is in its folder sorter_output: pass/);
    await expect(load(join(folder, 'spike_clusters.npy'))).rejects.toThrow(/must be a folder/);
  });

  it('checks options before it reads', async () => {
    const folder = await folderOf(simple);
    for (const options of [
      { fsHz: 0 },
      { fsHz: Number.NaN },
      { timeUnit: 'hours' },
      { lengthMs: 0.5 },
      { keepLabels: 'good' },
    ]) {
      await expect(load(folder, options as never)).rejects.toThrow(OptionError);
    }
    await expect(load(folder, { limits: { maxArrayBytes: 15 } })).rejects.toThrow(LimitError);
    await expect(load(folder, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('reports bytes and progress', async () => {
    const stages: string[] = [];
    const { sd } = await load(join(fixtures, 'curated'), { onProgress: ({ stage }) => stages.push(stage) });
    expect(stages).toContain('reading spike_clusters.npy');
    expect(sd.report?.bytesRead).toBeGreaterThan(300 * 12);
    expect(sd.report?.format).toBe('KiloSort');
  });
});
