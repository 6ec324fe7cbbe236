import { describe, expect, it } from 'vitest';
import { failure } from '../../lib/cli/failure.js';
import { keyValue } from '../../lib/cli/key-values.js';
import { progressBar } from '../../lib/cli/progress-bar.js';
import { spikeJson, spikeTable } from '../../lib/cli/spike-table.js';
import { FormatError, OptionError } from '../../lib/core/errors.js';

describe('what a failed command says', () => {
  it('names options as they are typed', () => {
    const error = new OptionError('filter.lowcut', 'below half the sample rate (10000 Hz)', 10001);
    expect(failure(error)).toEqual({
      message: '--lowcut must be below half the sample rate (10000 Hz), got 10001',
      exitCode: 2,
    });
  });

  it('gives the sentence of our errors, and owns up to any other', () => {
    expect(failure(new FormatError('a.h5 is no HDF5 file', { path: 'a.h5' }))).toEqual({
      message: 'a.h5 is no HDF5 file',
      exitCode: 1,
    });
    expect(failure(new TypeError('x is not a function')).message).toMatch(/bug in spikelab.*x is not a function/);
    expect(failure(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })).message).toBe(
      'ENOSPC: no space left on device',
    );
  });
});

describe('key=value', () => {
  it('takes numbers, truth values and lists as what they are, and anything else as text', () => {
    const all = ['fsHz=30000', 'includeNoise=true', 'keepLabels=["good"]', 'timeUnit=s', 'file=a=b'];
    const { fsHz, includeNoise, keepLabels, timeUnit, file } = all.reduce<Record<string, unknown>>(
      (soFar, text) => keyValue(text, soFar),
      {},
    );
    expect([fsHz, includeNoise, keepLabels, timeUnit, file]).toEqual([30000, true, ['good'], 's', 'a=b']);
  });

  it.each(['fsHz', '=1', '__proto__=1', 'a b=1'])('refuses %s', (text) => {
    expect(() => keyValue(text)).toThrow('key=value');
  });
});

describe('the progress bar', () => {
  const terminal = (isTTY: boolean) => {
    const written: string[] = [];
    const write = (text: string) => written.push(text) > 0;
    const nothing = () => true;
    const stream = {
      isTTY,
      columns: 80,
      write,
      on: nothing,
      cursorTo: nothing,
      clearLine: nothing,
      moveCursor: nothing,
    };
    return { written, stream: stream as unknown as NodeJS.WriteStream };
  };

  it('says nothing where nobody looks', () => {
    const { written, stream } = terminal(false);
    expect(progressBar(stream).onProgress).toBeUndefined();
    expect(written).toEqual([]);
  });

  it('shows stage, percentage and counts, and gives the cursor back', () => {
    const { written, stream } = terminal(true);
    const bar = progressBar(stream);
    bar.onProgress?.({ stage: 'detecting', done: 500, total: 2000, unit: 'samples' });
    bar.onProgress?.({ stage: 'writing', done: 0, total: null, unit: 'bytes' });
    bar.stop();
    const text = written.join('');
    expect(text).toMatch(/detecting.* 25%.*500 of 2,000 samples/);
    expect(text).toContain('writing');
    expect(text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(text.lastIndexOf('\x1b[?25l'));
  });
});

describe('the table and the JSON', () => {
  const attributes = [{ unit_id: 7, electrode: 3, location: [1, 2], waveform: new Float64Array(9) }, { unit_id: 'b' }];
  const sd = { train: [Float64Array.of(1, 2, 3), new Float64Array(0)], length: 0, neuronAttributes: attributes };

  it('give no rate for a recording without length', () => {
    expect(spikeTable(sd, 'channel')).toMatch(/│ +0 │ +3 │ +– │/);
    expect(JSON.parse(spikeJson(sd, 'channel', { a: [{}] }, true))).toEqual({
      a: [{}],
      channels: [
        { channel: 0, spikes: 3, rateHz: null, timesMs: [1, 2, 3] },
        { channel: 1, spikes: 0, rateHz: null, timesMs: [] },
      ],
    });
  });

  it('name units as their file does, and leave out what fits into no row', () => {
    expect(spikeTable(sd, 'unit')).toMatch(/unit │ unit id │ electrode │ spikes │ rate \(Hz\)/);
    expect(spikeTable(sd, 'unit')).toMatch(/│ +1 │ +b │ +– │ +0 │/);
    expect(JSON.parse(spikeJson(sd, 'unit', { a: 1 }, false)).units).toEqual([
      { unit: 0, unit_id: 7, electrode: 3, location: [1, 2], spikes: 3, rateHz: null },
      { unit: 1, unit_id: 'b', spikes: 0, rateHz: null },
    ]);
  });
});
