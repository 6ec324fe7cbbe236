/** Real ALF spikes of a Neuropixels probe through the whole path, where they are at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSpikeDataFromIbl } from '../../../lib/index.js';
import { eid, IblServer, pid } from '../../support/ibl-server.js';
import { parquetOf } from '../../support/parquet-files.js';

const real = fileURLToPath(new URL('../../../../shared/real/ibl/alf/probe00/', import.meta.url));

describe.runIf(existsSync(real))('124 905 real spikes', () => {
  let server: IblServer;
  beforeAll(async () => {
    server = await IblServer.start();
  });
  afterAll(() => server.close());

  it('are those of 289 clusters', async () => {
    const [times, clusters] = ['times', 'clusters'].map(
      (name) => new Uint8Array(readFileSync(`${real}spikes.${name}.npy`)),
    );
    const ofProbe = server.files.filter((f) => f.collection === 'alf/probe01/pykilosort');
    // digests that came with the files
    Object.assign(ofProbe.find((f) => f.name === 'spikes.times.npy')!, {
      bytes: times,
      md5: '3e4febb65b9fe9dca13bb79420880bb9',
    });
    Object.assign(ofProbe.find((f) => f.name === 'spikes.clusters.npy')!, {
      bytes: clusters,
      md5: 'f254fa9b1f3ebad0019af7f0f3f98d49',
    });
    // the arrays behind their headers of 128 bytes, read by hand
    const seconds = new Float64Array(times.slice(-124_905 * 8).buffer);
    const labels = new Uint32Array(clusters.slice(-124_905 * 4).buffer);
    const ids = [...new Set(labels)].sort((a, b) => a - b);
    // every cluster passes for good, in two sessions, so that none is filtered out
    const rows = [...ids, ...ids];
    server.table = parquetOf({
      eid: rows.map((_, i) => (i < ids.length ? eid : '00000000-0000-4000-8000-000000000000')),
      pid: rows.map((_, i) => (i < ids.length ? pid : '00000000-0000-4000-8000-000000000001')),
      label: rows.map(() => 1),
      atlas_id: rows.map(() => 382),
      cluster_id: rows,
    });
    const sd = await loadSpikeDataFromIbl(eid, pid, server.options);
    expect(sd.N).toBe(289);
    expect(sd.report!.spikes).toBe(124_905);
    expect(sd.neuronAttributes!.map((attributes) => attributes.cluster_id)).toEqual(ids);
    const of = (id: number) =>
      Array.from(
        seconds.filter((_, i) => labels[i] === id),
        (t) => t * 1000,
      );
    for (const unit of [0, 17, 288]) expect(Array.from(sd.train[unit])).toEqual(of(ids[unit]));
  });
});
