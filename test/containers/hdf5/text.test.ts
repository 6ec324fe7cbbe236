import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { ReportBuilder } from '../../../lib/core/report.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const nwb = fileURLToPath(new URL('../../../fixtures/nwb/full.nwb', import.meta.url));

describe('text that is no UTF-8', () => {
  const at = useTemporaryFolder();

  /** A copy with one text written over: é in Latin-1 is the byte 0xE9. */
  function latin1(from: string): string {
    const bytes = readFileSync(nwb);
    const place = bytes.indexOf(from, 0, 'latin1');
    expect(place).toBeGreaterThan(0);
    bytes.write('\xe9', place, 'latin1');
    writeFileSync(at('latin1.nwb'), bytes);
    return at('latin1.nwb');
  }

  it('of an attribute leaves a finding that names it', async () => {
    const report = new ReportBuilder('test', nwb);
    await using file = await openHdf5(latin1('2.6.0'), { report });
    expect((await file.attributes('/')).nwb_version).toBe('\ufffd.6.0');
    const [finding, ...others] = report.findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'text-not-utf8', severity: 'warning' });
    expect(finding.message).toMatch(/the attribute nwb_version of \//);
  });

  it('is none where all is UTF-8', async () => {
    const report = new ReportBuilder('test', nwb);
    await using file = await openHdf5(nwb, { report });
    await file.attributes('/');
    expect(report.findings).toEqual([]);
  });
});
