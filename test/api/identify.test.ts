import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as spikelab from '../../lib/index.js';
import { type Identification, identify, NotFoundError, OptionError } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const temporary = useTemporaryFolder();

/** Fixtures of each format, with what their generators put in (fixtures/make/*.py). */
const readable: [path: string, format: string, what: Identification['what'], part: object][] = [
  ['cli/recording.h5', 'hdf5', 'recording', { name: '/traces/raw', channels: 4, samples: 30_000 }],
  ['hdf5/paired.h5', 'hdf5', 'sorting', { options: { idcesDataset: '/idces', timesDataset: '/times' }, spikes: 60 }],
  ['hdf5/group-many.h5', 'hdf5', 'sorting', { options: { groupPerUnit: '/units' }, units: 24, spikes: 50 }],
  ['biocam/traces.brw', 'biocam', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['blackrock/traces.ns6', 'blackrock', 'recording', { channels: 5, samples: 60, fsHz: 30_000 }],
  ['blackrock/spikes.nev', 'blackrock', 'sorting', {}],
  ['cellexplorer/hdf5/rat.spikes.cellinfo.mat', 'cellexplorer', 'sorting', { units: 3 }],
  ['cellexplorer/packed/rat.spikes.cellinfo.mat', 'cellexplorer', 'sorting', {}],
  ['klusta/sorted.kwik', 'klusta', 'sorting', { spikes: 150 }],
  ['mda/f8.mda', 'mda', 'sorting', { spikes: 30 }],
  ['neuralynx/traces', 'neuralynx', 'recording', { channels: 5 }],
  ['plexon/rates.plx', 'plexon', 'both', { name: 'spikes' }],
  ['spikegadgets/traces.rec', 'spikegadgets', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['spykingcircus/data/data.result.hdf5', 'spykingcircus', 'sorting', { units: 4, fsHz: 20_000 }],
  ['tdt/traces', 'tdt', 'recording', { channels: 5, samples: 60 }],
  ['tridesclous/groups', 'tridesclous', 'sorting', { name: 'segment 0' }],
  ['edf/traces.edf', 'edf', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['neuroscope/session', 'neuroscope', 'both', { name: 'clusters' }],
  ['intan/traces.rhd', 'intan', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['kilosort/curated', 'kilosort', 'sorting', { options: { fsHz: 32_000 }, units: 6, spikes: 300 }],
  ['kilosort/sparse', 'kilosort', 'sorting', { name: 'spike_templates.npy', options: {}, units: 4, spikes: 80 }],
  ['neo/block.p5.pkl', 'neo', 'sorting', {}],
  ['neo/block.p0.pkl', 'neo', 'sorting', {}],
  ['neo/made.nix', 'neo', 'sorting', { options: { segmentIndex: 0 }, units: 3, spikes: 3 }],
  ['npz/sorted.npz', 'spikelab-npz', 'sorting', { name: 'units' }],
  ['nwb/full.nwb', 'nwb', 'both', { name: '/units', units: 3, spikes: 5 }],
  ['nwb/elsewhere.nwb', 'nwb', 'sorting', { options: { unitsPath: '/processing/ecephys/sorted' }, units: 3 }],
  ['nwb/zarr.nwb.zarr', 'nwb', 'sorting', { name: '/units', units: 3, spikes: 5 }],
  ['pickle/spikedata.p0.pkl', 'pickle', 'sorting', {}],
  ['pickle/spikedata.p5.pkl', 'pickle', 'sorting', {}],
  ['pickle/spikedata.older.pkl', 'pickle', 'sorting', {}],
  ['recordings/c_order.npy', 'npy', 'recording', { channels: 5, samples: 60 }],
  ['recordings/series.nwb', 'nwb', 'recording', { channels: 5, samples: 60, fsHz: 25_000, durationMs: 2.4 }],
  ['recordings/series.nwb.zarr', 'nwb', 'recording', { channels: 5, samples: 60, fsHz: 25_000, durationMs: 2.4 }],
  ['recordings/maxwell_new.raw.h5', 'maxwell', 'both', { channels: 5, samples: 60, fsHz: 25_000, spikes: 4 }],
  ['recordings/maxwell_old.raw.h5', 'maxwell', 'recording', { channels: 5, samples: 60, fsHz: 20_000 }],
  ['recordings/mcs.h5', 'mcs', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['recordings/openephys_06', 'openephys', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['recordings/si.zarr', 'spikeinterface', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['recordings/si_binary', 'spikeinterface', 'recording', { options: { segmentIndex: 0 }, samples: 60 }],
  ['recordings/spikeglx_np1', 'spikeglx', 'recording', { channels: 5, samples: 60, fsHz: 25_000 }],
  ['recordings/time_channels.dat', 'binary', 'recording', {}],
  ['spikeinterface/analyzer.zarr', 'spikeinterface', 'sorting', { options: { segmentIndex: 0 }, units: 5, spikes: 40 }],
  ['spikeinterface/numpy_folder', 'spikeinterface', 'sorting', { options: { segmentIndex: 0 }, units: 5 }],
  ['spikeinterface/sorting.npz', 'spikeinterface', 'sorting', { options: { segmentIndex: 0 }, units: 5 }],
];

type Result = { close?(): Promise<void>; channels?: number; N?: number };

/** Runs a line of `code` as a user who pastes it. */
async function run(line: string): Promise<Result> {
  const names = Object.keys(spikelab);
  const body = new Function(...names, `return (async () => ${line})()`);
  return body(...Object.values(spikelab));
}

describe('identify', () => {
  it.each(readable)('knows %s by its content: %s, %s', async (path, format, what, part) => {
    const [found] = await identify(join(fixtures, path));
    expect(found).toMatchObject({ format, what, readable: true });
    expect(found.parts[0]).toMatchObject(part);
    expect(found.bytesRead).toBeGreaterThan(0);
    expect(found.bytesRead).toBeLessThan(1e6);
  });

  it.each(readable.map(([path]) => path))('gives code for %s that reads it', async (path) => {
    const [{ code, shell, parts }] = await identify(join(fixtures, path));
    expect(code.length).toBeGreaterThan(0);
    expect(shell.length).toBeGreaterThan(0);
    for (const line of code) {
      const result = await run(line);
      const said = parts.map((each) => (line.startsWith('await load') ? each.units : each.channels));
      if (said.some((number) => number !== undefined)) expect(said).toContain(result.channels ?? result.N);
      await result.close?.();
    }
  });

  it('tells a format by its content where the name says nothing', async () => {
    const copy = temporary('data.bin');
    writeFileSync(copy, readFileSync(join(fixtures, 'nwb/full.nwb')));
    expect(await identify(copy)).toMatchObject([{ format: 'nwb', readable: true }]);
  });

  it('lists what a tree of sessions holds, each once', async () => {
    const found = await identify(join(fixtures, 'recordings'));
    const count = (format: string) => found.filter((each) => each.format === format).length;
    expect(['spikeglx', 'openephys', 'maxwell', 'mcs', 'nwb', 'hdf5'].map(count)).toEqual([3, 2, 2, 1, 3, 1]);
    expect(new Set(found.map(({ details }) => details.path)).size).toBe(found.length);
  });

  it('takes nothing that MATLAB keeps for its cells for spikes or samples', async () => {
    const bytes = readFileSync(join(fixtures, 'cellexplorer/hdf5/rat.spikes.cellinfo.mat'));
    // the name of the variable as no format knows it
    for (let i = bytes.indexOf('spikes\0'); i >= 0; i = bytes.indexOf('spikes\0', i)) bytes.write('things', i);
    const path = join(temporary('matlab'), 'a.mat');
    mkdirSync(temporary('matlab'));
    writeFileSync(path, bytes);
    const [{ format, parts }] = await identify(path);
    expect(format).toBe('hdf5');
    expect(parts.map(({ name }) => name).filter((name) => name.includes('#refs#'))).toEqual([]);
  });

  it('names the folder that a part of it belongs to', async () => {
    const [owner, array] = await identify(join(fixtures, 'kilosort/curated/spike_times.npy'));
    expect(owner).toMatchObject({
      format: 'kilosort',
      readable: true,
      details: { path: join(fixtures, 'kilosort/curated') },
    });
    expect(array.format).toBe('npy');
    const [zarr] = await identify(join(fixtures, 'nwb/zarr.nwb.zarr/units/id'));
    expect(zarr.details.path).toBe(join(fixtures, 'nwb/zarr.nwb.zarr'));
  });

  it('says that samples are missing, and gives lines that open the recording all the same', async () => {
    // 200 samples at 1 kHz; pauses of 1001 and 31 ms in place of 1 ms make them last 1230 ms
    for (const path of ['rigs/mcs_pauses.h5', 'rigs/gaps.nwb', 'rigs/openephys_gap', 'rigs/maxwell_gaps.raw.h5']) {
      const [found] = await identify(join(fixtures, path));
      expect(found.findings.map(({ code }) => code)).toContain('gaps');
      expect(found.parts[0].durationMs).toBeCloseTo(1230, 0);
      const recording = await run(found.code.find((line) => line.includes('openRecording')) as string);
      expect((recording as spikelab.Recording).gaps.length).toBeGreaterThan(0);
      await recording.close?.();
    }
  });

  it('reads in a child process for files from strangers', async () => {
    const [found] = await identify(join(fixtures, 'nwb/full.nwb'), { isolate: true });
    expect(found).toMatchObject({ format: 'nwb', readable: true, parts: [{ units: 3 }, { channels: 2 }] });
  });

  it('throws for what is not there, and for options that it does not have', async () => {
    await expect(identify(join(fixtures, 'absent'))).rejects.toThrow(NotFoundError);
    await expect(identify(fixtures, { limit: {} } as object)).rejects.toThrow(OptionError);
  });
});

describe('identify, of what is not read', () => {
  const at = (name: string, content: string | Uint8Array) => {
    const path = temporary(name);
    writeFileSync(path, content);
    return path;
  };
  const latin = (text: string) => Buffer.from(text, 'latin1');
  const header = (start: string, length: number) => Buffer.concat([latin(start), Buffer.alloc(length)]);

  /** Marks out of the formats' own specifications. */
  it.each<[format: string, name: string, content: Uint8Array]>([
    ['plexon2', 'a.pl2', header('PL2 file', 100)],
    ['spike2', 'a.smr', latin('\x09\x00(C) CED 87'.padEnd(600, '\0'))],
    ['axion', 'a.raw', header('AxionBio', 100)],
    ['openephys-legacy', '100_CH1.continuous', latin("header.format = 'Open Ephys Data Format'; \n".padEnd(1024))],
  ])('names %s of %s, and says what to do', async (format, name, content) => {
    const [found] = await identify(at(name, content));
    expect(found).toMatchObject({ format, readable: false, code: [], shell: [] });
    expect(found.advice).toMatch(/SpikeInterface|Neo|closed/);
    if (format === 'plexon2') await expect(spikelab.openRecording(at(name, content))).rejects.toThrow(/closed format/);
  });

  it.each<[format: string, what: string, name: string, content: string | Uint8Array, advice: RegExp]>([
    [
      'git-lfs',
      'pointer',
      'a.nwb',
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n',
      /git lfs pull/,
    ],
    ['git-annex', 'pointer', 'b.nwb', '/annex/objects/MD5E-s99--0f.nwb\n', /datalad get "b.nwb"/],
    ['mtscomp', 'archive', 'a.ap.cbin', new Uint8Array(64).fill(7), /mtsdecomp/],
    ['gzip', 'archive', 'a.nwb.gz', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /gunzip/],
    ['html', 'unknown', 'c.nwb', '<!DOCTYPE html><html><body>Log in</body></html>', /web page/],
    ['empty', 'unknown', 'd.nwb', '', /empty/],
    ['json', 'unknown', 'e.json', '{"a": 1}', /text/],
    ['csv', 'table', 'f.csv', 'x,y\n1,2\n', /timeColumn/],
  ])('tells %s, a kind of %s', async (format, what, name, content, advice) => {
    const [found] = await identify(at(name, content));
    expect(found).toMatchObject({ format, what, readable: false });
    expect(found.advice).toMatch(advice);
  });

  it('says how large the file is that a pointer stands for', async () => {
    const target = '../.git/annex/objects/aa/bb/SHA256E-s2048--cc.bin/SHA256E-s2048--cc.bin';
    symlinkSync(target, temporary('absent.bin'));
    expect(await identify(temporary('absent.bin'))).toMatchObject([
      { format: 'git-annex', what: 'pointer', details: { bytes: 2048 } },
    ]);
  });

  it.each([
    ['nwb/full.nwb', 'hdf5'],
    ['recordings/c_order.npy', 'npy'],
    ['npz/sorted.npz', 'zip'],
    ['neo/block.p5.pkl', 'neo'],
  ])('says that %s is cut', async (path, format) => {
    const whole = readFileSync(join(fixtures, path));
    const [found] = await identify(at(`cut-${path.split('/')[1]}`, whole.subarray(0, Math.floor(whole.length * 0.7))));
    expect(found).toMatchObject({ format, readable: false, code: [] });
    expect(found.findings.length).toBeGreaterThan(0);
    expect(found.advice).not.toBeNull();
  });

  it('says which samples of SpikeGLX are missing or cut', async () => {
    const folder = temporary('run_g0');
    mkdirSync(folder);
    const from = join(fixtures, 'recordings/spikeglx_np1/run_g0_imec0/run_g0_t0.imec0.ap');
    writeFileSync(join(folder, 'run_g0_t0.imec0.ap.meta'), readFileSync(`${from}.meta`));
    expect(await identify(folder)).toMatchObject([
      { format: 'spikeglx', readable: false, findings: [{ code: 'samples-missing' }] },
    ]);
    const bin = readFileSync(`${from}.bin`);
    writeFileSync(join(folder, 'run_g0_t0.imec0.ap.bin'), bin.subarray(0, bin.length / 2));
    const [cut] = await identify(folder);
    expect(cut).toMatchObject({ readable: true, parts: [{ samples: 30 }] });
    expect(cut.findings.map(({ code }) => code)).toContain('truncated');
  });
});
