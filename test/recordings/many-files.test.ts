/** A recording with a file for each of 2,000 channels, in a process that may have 512 files open (loading the modules takes 200). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectSpikes } from '../../lib/api/detect-spikes.js';
import { SpikeData } from '../../lib/index.js';
import { sampleType } from '../../lib/recordings/flat-file.js';
import { openLayout } from '../../lib/recordings/layout-recording.js';
import { SampleFiles } from '../../lib/recordings/sample-files.js';
import { oneRun, type SampleLayout } from '../../lib/recordings/sample-layout.js';
import { contextOf } from './layout-context.js';

const folder = mkdtempSync(join(tmpdir(), 'spikelab-many-'));
const channels = 2000;
const samples = 400;
const fsHz = 20_000;
const header = 8;

/** Noise of a kind, and in every third channel a spike. */
const sampleAt = (c: number, t: number) =>
  ((c * 7919 + t * 104_729) % 201) - 100 - (c % 3 === 0 && t === 5 + (c % 350) ? 3000 : 0);
const nameOf = (c: number) => join(folder, `channel-${c}.dat`);

const layout: SampleLayout = {
  type: sampleType('int16', 'dtype'),
  samples,
  files: Array.from({ length: channels }, (_, c) => nameOf(c)),
  channels: Array.from({ length: channels }, (_, stream) => ({ stream, offset: 0 })),
  streams: Array.from({ length: channels }, (_, c) => ({
    recordSamples: samples,
    recordBytes: samples * 2,
    step: 2,
    runs: oneRun(header, samples, c),
  })),
};

beforeAll(() => {
  for (let c = 0; c < channels; c++) {
    const stored = Int16Array.from({ length: samples }, (_, t) => sampleAt(c, t));
    writeFileSync(nameOf(c), Buffer.concat([Buffer.alloc(header), Buffer.from(stored.buffer)]));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = `
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const [dist, folder, out] = process.argv.slice(1);
const { openLayout } = await import(dist + '/recordings/layout-recording.js');
const { ReportBuilder } = await import(dist + '/core/report.js');
const { detectSpikes } = await import(dist + '/index.js');
const layout = JSON.parse(readFileSync(out, 'utf8'));
const ends = [];
const { resolveLimits } = await import(dist + '/core/options.js');
const context = { report: new ReportBuilder('recording', folder, () => {}), options: {}, limits: resolveLimits(undefined), onEnd: (end) => ends.push(end),
  close: async () => { for (const end of ends.splice(0)) await end(); } };
const recording = await openLayout(layout, { format: 'made', path: folder, fsHz: ${fsHz} }, context);
// twice, and the second time four at once
const whole = await recording.read({ start: 0, end: ${samples} });
const parts = await Promise.all([0, 1, 2, 3].map((k) =>
  recording.read({ start: 10, end: 20, channels: Array.from({ length: 500 }, (_, i) => 4 * i + k) })));
const open = readdirSync('/proc/self/fd').length;
const sd = await detectSpikes(recording, { filter: false, threads: 2, onWarning: () => {} });
await recording.close();
const left = readdirSync('/proc/self/fd').length;
writeFileSync(out, JSON.stringify({ whole: Array.from(whole.data), parts: parts.map(({ data }) => Array.from(data)), open, left,
  train: sd.train.map((t) => Array.from(t)) }));
`;

describe.skipIf(process.platform !== 'linux')('2,000 files', () => {
  it('are read and detected in where 512 may be open', async () => {
    const out = join(folder, 'out.json');
    writeFileSync(out, JSON.stringify(layout));
    const dist = fileURLToPath(new URL('../../dist', import.meta.url));
    const child = spawnSync(
      '/bin/sh',
      [
        '-c',
        'ulimit -n 512 && exec "$0" --input-type=module -e "$1" "$2" "$3" "$4"',
        process.execPath,
        script,
        dist,
        folder,
        out,
      ],
      { encoding: 'utf8' },
    );
    expect(child.stderr).toBe('');
    const found = JSON.parse(readFileSync(out, 'utf8'));
    const rows = (list: number[], from: number, to: number) =>
      list.flatMap((c) => Array.from({ length: to - from }, (_, i) => sampleAt(c, from + i)));
    const all = Array.from({ length: channels }, (_, c) => c);
    expect(found.whole).toEqual(rows(all, 0, samples));
    for (const k of [0, 1, 2, 3]) {
      expect(found.parts[k]).toEqual(
        rows(
          all.filter((c) => c % 4 === k),
          10,
          20,
        ),
      );
    }
    const data = Float64Array.from(rows(all, 0, samples));
    const wanted = await SpikeData.fromThresholding(
      { data, shape: [channels, samples] },
      { fsHz, filter: false, keepRaw: false, onWarning: () => {} },
    );
    expect(found.train).toEqual(wanted.train.map((train) => Array.from(train)));
    expect(found.train.flat()).toHaveLength(Math.ceil(channels / 3));
    expect(found.open - found.left).toBe(64);
  });
});

describe('a file that is replaced while others were open', () => {
  it('is an error, in TypeScript and in C++', async () => {
    const context = contextOf(folder);
    await using recording = await openLayout(layout, { format: 'made', path: folder, fsHz }, context);
    const other = join(folder, 'other');
    writeFileSync(other, Buffer.alloc(header + 2 * samples));
    renameSync(other, nameOf(0));
    const expected = {
      code: 'ERR_FORMAT',
      path: nameOf(0),
      message: expect.stringMatching(/found another file in its place/),
    };
    await expect(recording.read({ start: 0, end: 1, channels: [0] })).rejects.toMatchObject(expected);
    await expect(detectSpikes(recording, { filter: false, onWarning: () => {} })).rejects.toMatchObject(expected);
    rmSync(nameOf(0));
    await expect(recording.read({ start: 0, end: 1, channels: [0] })).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(detectSpikes(recording, { filter: false })).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(recording.read({ start: 0, end: 2, channels: [1] })).resolves.toMatchObject({
      data: Int16Array.of(sampleAt(1, 0), sampleAt(1, 1)),
    });
  });

  it('may be replaced where all stay open', async () => {
    const context = contextOf(folder);
    const files = await SampleFiles.open([nameOf(1), nameOf(2)], context);
    rmSync(nameOf(1));
    const bytes = new Uint8Array(2);
    await files.read(0, bytes, header, undefined);
    expect(new Int16Array(bytes.buffer)[0]).toBe(sampleAt(1, 0));
    await context.close();
  });
});
