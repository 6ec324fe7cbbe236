import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { OpenRecordingOptions } from '../../lib/api/open-recording.js';
import { openRecording } from '../../lib/api/open-recording.js';
import { saveNpy } from '../../lib/containers/npy/write.js';
import { FormatError, NotFoundError, OptionError } from '../../lib/core/errors.js';
import type { Finding } from '../../lib/core/findings.js';
import { useTemporaryFolder } from '../support/temporary.js';

const fixtures = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url));
const temporary = useTemporaryFolder();

/** A copy of a fixture that a test may damage. */
function copy(name: string): string {
  cpSync(join(fixtures, name), temporary(name), { recursive: true });
  return temporary(name);
}

async function open(path: string, options: OpenRecordingOptions = {}) {
  const warnings: Finding[] = [];
  const recording = await openRecording(path, { onWarning: (finding) => warnings.push(finding), ...options });
  await recording.close();
  return { recording, codes: warnings.map(({ code }) => code), warnings };
}

/** Changes text in a file. */
function edit(path: string, from: string | RegExp, to: string): void {
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

describe('what is no recording', () => {
  it('says what was looked for', async () => {
    mkdirSync(temporary('empty'));
    writeFileSync(temporary('notes.txt'), 'hello');
    for (const name of ['empty', 'notes.txt']) {
      await expect(open(temporary(name))).rejects.toThrow(FormatError);
      await expect(open(temporary(name))).rejects.toThrow(/looked for.*binary\.json.*structure\.oebin.*\.meta/);
    }
    await expect(open(temporary('missing'))).rejects.toThrow(NotFoundError);
    await expect(open('/dev/null')).rejects.toThrow(FormatError);
  });

  it.each(['maxwell', 'mcs', 'nwb', 'hdf5', 'npy', 'spikeinterface', 'openephys', 'spikeglx', 'binary'] as const)(
    '%s by name over something else is one of our errors',
    async (format) => {
      writeFileSync(temporary('junk.dat'), Buffer.alloc(1000, 7));
      mkdirSync(temporary('folder'));
      for (const path of [temporary('junk.dat'), temporary('folder')]) {
        // one frame is larger than the file
        const options = { format, channels: 501, fsHz: 1000 };
        const error = await open(path, options).catch((e) => e);
        expect(error.code).toMatch(/^ERR_(FORMAT|NOT_FOUND|OPTION|UNSUPPORTED)$/);
      }
    },
  );
});

describe('flat binary files', () => {
  it('needs to know channels and rate, and says which bytes are no whole frame', async () => {
    const path = copy('time_channels.dat');
    await expect(open(path)).rejects.toThrow(/channels must be given/);
    await expect(open(path, { channels: 5 })).rejects.toThrow(/fsHz must be given/);
    const { recording, warnings } = await open(path, { channels: 7, fsHz: 1 });
    // 600 bytes are 42 frames of 14, and 12 bytes
    expect([recording.samples, warnings]).toMatchObject([42, [{ code: 'frame-cut', count: 12 }]]);
    await expect(open(path, { channels: 7, fsHz: 1, layout: 'channels-time' })).rejects.toThrow(
      /whole number of frames of 7 values of 2 bytes.*600 bytes/,
    );
    await expect(open(path, { channels: 301, fsHz: 1 })).rejects.toThrow(/at least one frame|whole number of frames/);
    await expect(open(path, { channels: 5, fsHz: 1, dtype: 'complex64' })).rejects.toThrow(OptionError);
    await expect(open(path, { channels: 5, fsHz: 1, byteOffset: 601 })).rejects.toThrow(FormatError);
  });

  it('notices a file that shrinks', async () => {
    const path = copy('time_channels.dat');
    const recording = await openRecording(path, { channels: 5, fsHz: 1 });
    truncateSync(path, 100);
    await expect(recording.read({ start: 0, end: 60 })).rejects.toThrow(/ended early/);
    await recording.close();
  });
});

describe('SpikeGLX', () => {
  const bin = 'run_g0_imec0/run_g0_t0.imec0.ap.bin';

  it('goes by the size of the .bin and says that the .meta differs', async () => {
    const folder = copy('spikeglx_np1');
    truncateSync(join(folder, bin), 40 * 12);
    const { recording, codes } = await open(folder);
    expect([recording.samples, codes]).toEqual([40, ['size-differs']]);
  });

  it('reads whole frames, and refuses counts that do not add up, and a set without its .meta', async () => {
    const folder = copy('spikeglx_np1');
    appendFileSync(join(folder, bin), Buffer.alloc(2));
    const { recording, codes } = await open(folder);
    expect([recording.samples, codes]).toEqual([60, ['size-differs', 'frame-cut']]);
    truncateSync(join(folder, bin), 0);
    await expect(open(folder)).rejects.toThrow(FormatError);
    const meta = join(folder, bin).replace('.bin', '.meta');
    edit(meta, 'nSavedChans=6', 'nSavedChans=7');
    await expect(open(folder)).rejects.toThrow(/nSavedChans=7 and snsApLfSy=5,0,1/);
    edit(meta, 'imSampRate=25000.0', 'imSampRate=fast');
    edit(meta, 'nSavedChans=7', 'nSavedChans=6');
    await expect(open(folder)).rejects.toThrow(FormatError);
    rmSync(meta);
    await expect(open(folder)).rejects.toThrow(/run_g0_t0\.imec0\.ap\.meta was expected beside/);
  });

  it('opens the ap stream of a run, or the one that is named', async () => {
    const folder = copy('spikeglx_np1');
    cpSync(join(fixtures, 'spikeglx_nidq'), folder, { recursive: true });
    const { recording, codes } = await open(folder);
    expect([recording.gainsToUv?.[0], codes]).toEqual([4.6875, ['several-streams']]);
    expect((await open(folder, { dataset: 'nidq' })).recording.channelIds).toEqual([0, 1, 2, 3, 4]);
    await expect(open(folder, { dataset: 'imec7' })).rejects.toThrow(/imec0\.ap\.bin/);
  });
});

describe('Open Ephys', () => {
  const stream = 'Record Node 101/experiment1/recording1/continuous/Probe-A.AP';

  it('refuses gaps with their table, unless a tolerance covers them', async () => {
    const folder = copy('openephys_06');
    const numbers = BigInt64Array.from({ length: 60 }, (_, i) => BigInt(i < 20 ? i : i + 50));
    await saveNpy(join(folder, stream, 'sample_numbers.npy'), numbers);
    await expect(open(folder)).rejects.toThrow(/1 gaps \(sample: step\): 20: 2\.040 ms/);
    expect((await open(folder, { gapToleranceMs: 3 })).recording.samples).toBe(60);
  });

  it('reads timestamps in seconds where there are no sample numbers', async () => {
    const folder = copy('openephys_06');
    rmSync(join(folder, stream, 'sample_numbers.npy'));
    expect((await open(folder)).recording.samples).toBe(60);
    await saveNpy(
      join(folder, stream, 'timestamps.npy'),
      Float64Array.from({ length: 60 }, (_, i) => (i < 59 ? i : 100) / 25_000),
    );
    await expect(open(folder)).rejects.toThrow(/59: 1\.680 ms/);
  });

  it('names streams without samples, and folders that lead out', async () => {
    const folder = copy('openephys_06');
    rmSync(join(folder, stream, 'continuous.dat'));
    await expect(open(folder)).rejects.toThrow(/continuous\/Probe-A\.AP\/continuous\.dat/);
    await expect(open(folder, { dataset: 'LFP' })).rejects.toThrow(/one of the streams Probe-A\.AP/);
    edit(join(folder, stream, '../../structure.oebin'), 'Probe-A.AP/', '../../../..');
    await expect(open(folder)).rejects.toThrow(/must name a folder/);
  });

  it('asks which of several recordings is meant', async () => {
    const folder = copy('openephys_06');
    const node = join(folder, 'Record Node 101/experiment1');
    cpSync(join(node, 'recording1'), join(node, 'recording2'), { recursive: true });
    await expect(open(folder)).rejects.toThrow(/recording1, .*recording2/);
    expect((await open(join(node, 'recording2'))).recording.channels).toBe(5);
  });
});

describe('SpikeInterface', () => {
  it('opens the first segment with a warning, or the one that is named', async () => {
    const folder = copy('si_binary');
    const { recording, codes } = await open(folder);
    expect([recording.samples, codes]).toEqual([60, ['several-segments']]);
    expect((await open(folder, { segmentIndex: 1 })).recording.samples).toBe(7);
    await expect(open(folder, { segmentIndex: 2 })).rejects.toThrow(OptionError);
  });

  it.each([
    ['"num_channels": 5', '"num_channels": -5', /num_channels/],
    ['"sampling_frequency": 25000.0', '"sampling_frequency": NaN', /sampling_frequency/],
    ['"dtype": "<i2"', '"dtype": "|O"', /dtype/],
    ['"file_paths"', '"no_paths"', /file_paths/],
    ['"traces_cached_seg0.raw"', '"../../.."', /plain name/],
    ['"traces_cached_seg0.raw"', '{"file": "a.raw"}', /a list of names of files/],
    ['{"class"', '{"class" 1', /JSON/],
  ])('binary.json with %s as %s', async (from, to, message) => {
    const folder = copy('si_binary');
    edit(join(folder, 'binary.json'), from, to);
    await expect(open(folder)).rejects.toThrow(message);
    expect((await open(folder).catch((e) => e)).code).toMatch(/^ERR_/);
  });
});

describe('HDF5', () => {
  it('asks for the dataset and the rate, and names what there is', async () => {
    const path = join(fixtures, 'datasets.h5');
    await expect(open(path, { fsHz: 1 })).rejects.toThrow(/raw\/channels_time, .*raw\/time_channels/);
    await expect(open(path, { dataset: 'raw/one' })).rejects.toThrow(/fsHz must be given/);
    await expect(open(path, { dataset: 'raw/texts', fsHz: 1 })).rejects.toThrow(/must hold numbers/);
    await expect(open(path, { dataset: 'raw', fsHz: 1 })).rejects.toThrow(FormatError);
    await expect(open(path, { dataset: 'none', fsHz: 1 })).rejects.toThrow(NotFoundError);
  });

  it('reads one dimension as one channel', async () => {
    const recording = await openRecording(join(fixtures, 'datasets.h5'), { dataset: 'raw/one', fsHz: 1 });
    expect([recording.channels, recording.samples]).toEqual([1, 60]);
    expect((await recording.read({ start: 3, end: 9 })).shape).toEqual([1, 6]);
    await recording.close();
  });

  it('takes the rate that is given over the one in the file, and says so', async () => {
    const { recording, codes } = await open(join(fixtures, 'mcs.h5'), { fsHz: 20_000 });
    expect([recording.fsHz, codes]).toEqual([20_000, ['sample-rate-differs']]);
  });

  it('turns the traces that MATLAB wrote with time last, and says so', async () => {
    expect((await open(join(fixtures, 'matlab.nwb'))).codes).toEqual(['orientation-turned']);
    await expect(open(join(fixtures, 'matlab.nwb'), { dataset: '/acquisition/None' })).rejects.toThrow(NotFoundError);
  });
});

describe('the folder of an Open Ephys stream', () => {
  it.each([
    ['a list', '[{"a": 1}]'],
    ['a number', '7'],
    ['an object', '{"b": 2}'],
  ])('is no name where it is %s', async (_what, value) => {
    const folder = copy('openephys_06');
    const structure = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) =>
      file.endsWith('structure.oebin'),
    );
    edit(join(folder, structure as string), /"folder_name":\s*"[^"]*"/g, `"folder_name": ${value}`);
    const error = await open(folder).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toMatch(/must name a folder for each stream/);
  });
});
