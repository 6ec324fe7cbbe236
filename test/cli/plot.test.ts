import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spikelab } from '../support/spikelab.js';

const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const recording = [fixture('cli/recording.h5'), '--dataset', 'traces/raw', '--fs', '20000'];
/** scipy's: threshold 5 SD of the whole filtered trace, and the crossings of it. */
const { noise } = JSON.parse(readFileSync(fixture('picture/recording.expected.json'), 'utf8'));
const { runs } = JSON.parse(readFileSync(fixture('cli/recording.expected.json'), 'utf8'));

describe('spikelab plot', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spikelab-plot-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const draw = async (kind: string, ...args: string[]) => {
    const out = join(folder, `${kind}.svg`);
    const ended = await spikelab(['plot', ...args, '--kind', kind, '--out', out]);
    return { ...ended, svg: existsSync(out) ? readFileSync(out, 'utf8') : '' };
  };

  it('draws a recording and the spikes detected in it', async () => {
    const { exitCode, stderr, svg } = await draw('amplitudes', ...recording);
    expect([exitCode, stderr]).toEqual([0, `spikelab: wrote ${join(folder, 'amplitudes.svg')}\n`]);
    const threshold = (5 * noise[0]).toPrecision(3);
    expect(svg).toContain(`Channel 0, threshold ±${threshold} a.u.`);
    const points = [...svg.matchAll(/d="((?:M[\d.]+ [\d.]+h0)+)"/g)].map(([, d]) => d.split('h0').length - 1);
    // channel 2 has no spikes: the busiest three are the others
    expect(points).toEqual([0, 1, 3].map((channel) => runs[0].spikesMs[channel].length));
  });

  it('marks each spike of a stretch of trace', async () => {
    const { svg } = await draw('traces', ...recording, '--only', '3', '--at', '600', '--span', '400');
    const inside = runs[0].spikesMs[3].filter((ms: number) => ms >= 400 && ms < 800);
    expect(svg.match(/M[\d.]+ [\d.]+h8l-4 6z/g)).toHaveLength(inside.length);
    expect(svg).toContain('Time (ms)');
  });

  it('draws noise only where there is a recording', async () => {
    expect((await draw('rates', ...recording)).svg).toContain('Noise (a.u.)');
    const sorted = await draw('rates', fixture('kilosort/curated'), '--fs', '30000');
    expect(sorted.exitCode).toBe(0);
    expect(sorted.svg).not.toContain('Noise');
    expect(sorted.svg).toContain('>Unit<');
  });

  it('says what a source lacks, and which rows it has', async () => {
    const { exitCode, stderr } = await draw('probe', ...recording);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Channels of this source have no places')]);
    const beyond = await draw('isi', ...recording, '--only', '1,4');
    expect([beyond.exitCode, beyond.stderr]).toEqual([2, expect.stringContaining('numbers from 0 to 3, got 4')]);
    const sorted = await draw('amplitudes', fixture('kilosort/curated'), '--fs', '30000');
    expect(sorted.stderr).toContain('no amplitude for each spike');
  });
});
