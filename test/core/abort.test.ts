import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onAbort } from '../../lib/core/abort.js';
import { loadSpikeDataFromHdf5RawThresholded, openRecording, SpikeData } from '../../lib/index.js';

const recordings = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url));
const traces = fileURLToPath(new URL('../../fixtures/hdf5_raw/traces.h5', import.meta.url));

describe('fifty pieces of work on one signal', () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', note);
  });
  afterEach(() => process.off('warning', note));

  const fifty = async (work: () => Promise<unknown>) => {
    await Promise.all(Array.from({ length: 50 }, work));
    // warnings come a tick later
    await sleep(10);
    return warnings;
  };

  it('reads a recording without a warning', async () => {
    const { signal } = new AbortController();
    const recording = await openRecording(join(recordings, 'mcs.h5'), { signal });
    expect(await fifty(() => recording.read({ start: 0, end: 60 }, { signal }))).toEqual([]);
    await recording.close();
  });

  it('detects in traces without a warning', async () => {
    const { signal } = new AbortController();
    const rows = [Float64Array.from({ length: 2000 }, (_, t) => Math.sin(t * t))];
    const options = { signal, filter: false, thresholdSigma: 1 } as const;
    expect(await fifty(() => SpikeData.fromThresholding(rows, options))).toEqual([]);
  });

  it('loads files without a warning', async () => {
    const { signal } = new AbortController();
    const load = () => loadSpikeDataFromHdf5RawThresholded(traces, 'stream/int16', { fsHz: 20000, signal });
    expect(await fifty(load)).toEqual([]);
  });
});

describe('onAbort', () => {
  it('calls each once with the abort, but for those that stopped listening', () => {
    const stop = new AbortController();
    const called: string[] = [];
    const say = (name: string) => () => void called.push(name);
    onAbort(stop.signal, say('a'));
    const end = onAbort(stop.signal, say('b'));
    onAbort(stop.signal, say('c'));
    end();
    end();
    stop.abort();
    stop.signal.dispatchEvent(new Event('abort'));
    expect(called).toEqual(['a', 'c']);
  });

  it('listens anew after everybody has stopped', () => {
    const stop = new AbortController();
    onAbort(stop.signal, () => {})();
    let called = 0;
    onAbort(stop.signal, () => called++);
    stop.abort();
    expect(called).toBe(1);
  });

  it('has nothing to do without a signal', () => {
    expect(onAbort(undefined, () => {})).toBeTypeOf('function');
  });
});
