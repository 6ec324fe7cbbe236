import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressBar } from '../../lib/cli/progress-bar.js';

/** A terminal 120 columns wide that keeps what is written to it. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, shown: () => text };
}

describe('progressBar', () => {
  it('shows what is done, of how much, and the time left at the speed so far', () => {
    const { stream, shown } = terminal();
    let nowMs = 5000;
    const bar = progressBar(stream, () => nowMs);
    bar.onProgress?.({ stage: 'detecting', done: 0, total: 4_000_000, unit: 'samples' });
    nowMs += 30_000;
    bar.onProgress?.({ stage: 'detecting', done: 1_000_000, total: 4_000_000, unit: 'samples' });
    bar.stop();
    expect(shown()).toContain('detecting [');
    expect(shown()).toContain(' 25%  1,000,000 of 4,000,000 samples, 90 s left');
  });

  it('guesses no time left before it can', () => {
    const { stream, shown } = terminal();
    const bar = progressBar(stream, () => 0);
    for (const done of [0, 10, 100]) bar.onProgress?.({ stage: 'reading', done, total: 100, unit: 'bytes' });
    bar.stop();
    expect(shown()).toContain('100 of 100 bytes');
    expect(shown()).not.toMatch(/left|NaN|undefined/);
  });

  it('writes nothing where there is no terminal', () => {
    expect(progressBar(new PassThrough() as never).onProgress).toBeUndefined();
  });
});
