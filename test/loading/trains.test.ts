import { describe, expect, it } from 'vitest';
import type { CheckedTrains } from '../../lib/core/flat-trains.js';
import { FormatError, LimitError, type LoadOptions, type Progress, type SpikeData } from '../../lib/index.js';
import type { SourceContext } from '../../lib/io/context.js';
import { runLoader } from '../../lib/loading/context.js';
import { expandRaster, groupSpikes, type RasterBlock, splitRagged } from '../../lib/loading/trains.js';
import { spikeDataFromFlat } from '../../lib/spike-data/spike-data.js';

const path = 'rec.h5';
const loader = { name: 'loadSpikeDataFromHdf5', format: 'test' };

function load(work: (context: SourceContext) => Promise<CheckedTrains>, options: LoadOptions = {}): Promise<SpikeData> {
  return runLoader(loader, [path], options, async (context) => spikeDataFromFlat(await work(context)));
}

const bins = { rows: 2, bins: 2, binMs: 10, startMs: 0 };
/** A raster a row at a time. */
async function* rowByRow(...rows: RasterBlock['counts'][]): AsyncGenerator<RasterBlock> {
  for (const counts of rows) yield { counts, rows: 1 };
}

describe('trains of a load', () => {
  it('are counted in its report, with what was found', async () => {
    const request = { units: Uint8Array.of(2, 0, 0, 0), times: Float32Array.of(1, 9, 3, 3) };
    const sd = await load((context) => groupSpikes(context, { path, times: '/t' }, request));
    expect(sd.train.map((t) => Array.from(t))).toEqual([[3, 3, 9], [], [1]]);
    expect(sd.report).toMatchObject({ spikes: 4, units: { kept: 3 } });
    expect(sd.report?.findings.map(({ code, count, severity }) => [code, count, severity])).toEqual([
      ['unsorted-trains', 1, 'info'],
      ['duplicate-times', 1, 'info'],
      ['empty-units', 1, 'info'],
    ]);
  });

  it('use the memory of float64 times, and leave others as they are', async () => {
    const offsets = Uint32Array.of(0, 2);
    const scale = { multiply: 1000 };
    const seconds = Float64Array.of(2, 1);
    const sd = await load((context) => splitRagged(context, { path, times: '/t' }, { times: seconds, offsets, scale }));
    expect(sd.train[0]).toEqual(Float64Array.of(1000, 2000));
    expect(sd.train[0].buffer).toBe(seconds.buffer);
    const samples = Int16Array.of(2, 1);
    await load((context) => splitRagged(context, { path, times: '/t' }, { times: samples, offsets }));
    expect(samples).toEqual(Int16Array.of(2, 1));
  });

  it('warn of fractional counts through onWarning', async () => {
    const codes: string[] = [];
    const blocks = rowByRow(Float64Array.of(1.5, 0), Float64Array.of(0, 2.5));
    const onWarning = ({ code }: { code: string }) => codes.push(code);
    const sd = await load((context) => expandRaster(context, { path, times: '/r' }, bins, blocks), { onWarning });
    expect(sd.train.map((t) => Array.from(t))).toEqual([[5], [10 + 10 / 3, 10 + 20 / 3]]);
    expect(sd.report?.findings).toMatchObject([{ code: 'fractional-counts', count: 2 }]);
    expect(codes).toEqual(['fractional-counts']);
  });

  const source = { path, times: '/times', units: '/ids', counts: '/raster' };
  it.each([
    [
      (c: SourceContext) => groupSpikes(c, source, { units: Int8Array.of(0, -1), times: Int8Array.of(0, 0) }),
      /^\/ids\[1\] of rec.h5 must be the index of a unit, at least 0, got -1$/,
      '/ids[1]',
    ],
    [
      (c: SourceContext) =>
        splitRagged(c, source, { times: Float32Array.of(Number.NaN), offsets: Uint8Array.of(0, 1) }),
      /^\/times\[0\] of rec.h5 must be a finite time, got NaN$/,
      '/times[0]',
    ],
    [
      (c: SourceContext) => expandRaster(c, source, bins, rowByRow(Int8Array.of(0, 0), Int8Array.of(0, -3))),
      /^\/raster\[1\]\[1\] of rec.h5 must be a number of spikes, at least 0, got -3$/,
      '/raster[1][1]',
    ],
  ])('%s fails with the file and the place in it', async (work, message, location) => {
    const error = await load(work).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ path, location });
  });

  it('keep the limits of the load', async () => {
    const units = { units: Int32Array.of(7), times: Int8Array.of(0) };
    const tooManyUnits = load((c) => groupSpikes(c, source, units), { limits: { maxUnits: 7 } });
    await expect(tooManyUnits).rejects.toMatchObject({ limit: 'maxUnits', allowed: 7, found: 8 });
    await expect(tooManyUnits).rejects.toBeInstanceOf(LimitError);
    const counts = rowByRow(Uint8Array.of(3, 0), Uint8Array.of(0, 4));
    const tooManySpikes = load((c) => expandRaster(c, source, bins, counts), { limits: { maxSpikes: 6 } });
    await expect(tooManySpikes).rejects.toMatchObject({ limit: 'maxSpikes', allowed: 6, found: 7 });
  });

  it('report progress up to the end, and stop when aborted', async () => {
    const spikes = 3_000_000;
    const request = () => ({
      units: new Uint16Array(spikes).map((_, i) => (i * 31) % 500),
      times: new Float64Array(spikes),
    });
    const seen: Progress[] = [];
    await load((c) => groupSpikes(c, source, request()), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ stage: 'sorting spikes', done: spikes, total: spikes, unit: 'spikes' });
    const controller = new AbortController();
    const aborted = load(
      (c) => {
        queueMicrotask(() => controller.abort(new Error('enough')));
        return groupSpikes(c, source, request());
      },
      { signal: controller.signal },
    );
    await expect(aborted).rejects.toThrow('enough');
  });
});
