import { describe, expect, it } from 'vitest';
import * as api from '../../lib/index.js';

describe('findings', () => {
  it('collects what is warned of, and hands it on', async () => {
    const findings: api.Finding[] = [];
    const heard: api.Finding[] = [];
    // a channel that never changes has no noise: numpy.std of zeros is 0, so there is nothing to detect
    await api.SpikeData.fromThresholding([new Float64Array(4000)], {
      fsHz: 20_000,
      findings,
      onWarning: (finding) => heard.push(finding),
    });
    expect(findings.map(({ code }) => code)).toContain('no-spikes');
    expect(heard).toEqual(findings);
  });

  it('is an array', async () => {
    await expect(api.loadSpikeDataFromPickle('/none', { findings: 'all' as never })).rejects.toThrow(
      /findings must be/,
    );
  });
});
