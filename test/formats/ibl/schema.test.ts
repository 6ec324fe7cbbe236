/** The stand-in's answers, and real ones, against what IBL publishes about its API; where that is at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseDataset, datasetsOf, localPathOf } from '../../../lib/formats/ibl/datasets.js';
import { urlsOf } from '../../../lib/formats/ibl/files.js';
import { IblServer } from '../../support/ibl-server.js';

const rest = fileURLToPath(new URL('../../../../shared/real/ibl/rest/', import.meta.url));
const real = (name: string) => JSON.parse(readFileSync(`${rest}${name}.json`, 'utf8'))[0];

describe.runIf(existsSync(rest))('records', () => {
  let server: IblServer;
  beforeAll(async () => {
    server = await IblServer.start();
  });
  afterAll(() => server.close());

  it('of the stand-in have the fields of the published schema', () => {
    const { schemas } = JSON.parse(readFileSync(`${rest}openapiv3.json`, 'utf8')).components;
    const unknown = (schema: string, record: object) =>
      Object.keys(record).filter((key) => !Object.hasOwn(schemas[schema].properties, key));
    expect(unknown('SessionDetail', server.session())).toEqual([]);
    expect(unknown('SessionDatasets', server.record(server.files[0]))).toEqual([]);
  });

  it('of a real insertion name files', () => {
    const { datasets } = real('f530d602');
    const found = datasetsOf(datasets);
    expect(found.length).toBe(datasets.filter((d: { data_url: string | null }) => d.data_url).length);
    const times = chooseDataset(found, { collection: 'alf/probe00', file: 'spikes.times.npy' }, { warning: () => {} })!;
    expect(localPathOf(times).join('/')).toBe('cortexlab/Subjects/KS055/2021-05-10/001/alf/probe00/spikes.times.npy');
    const polarities = found.find((d) => d.name === '_spikeglx_sync.polarities.probe00.npy')!;
    expect(polarities).toMatchObject({ size: 103_688, md5: '97b306ac1ec7a2b6525bc48aaa22816f', revision: '' });
    expect(urlsOf(polarities, { dataUrls: ['https://mirror.example/root'] })).toEqual([
      'https://mirror.example/root/cortexlab/Subjects/KS055/2021-05-10/001/raw_ephys_data/probe00/_spikeglx_sync.polarities.probe00.00ca1432-216f-409b-987d-230febcbd2fb.npy',
    ]);
  });

  it('of a real list of datasets may lack size and checksum', () => {
    const found = datasetsOf(real('6dc96f7e').results);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((d) => d.remotePath[1] === 'Subjects' && (d.md5 === null || /^[0-9a-f]{32}$/.test(d.md5)))).toBe(
      true,
    );
    expect(found.some((d) => d.size === null)).toBe(true);
  });
});
