/** Assets that are read where they lie. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type LoadDandiOptions,
  loadSpikeDataFromDandi,
  loadSpikeDataFromNwb,
  type SpikeData,
} from '../../../../lib/index.js';
import { DandiServer, expected, nwb } from '../../../support/dandi-server.js';
import { consolidatedFolder } from '../../../support/zarr-folder.js';

let server: DandiServer;
beforeAll(async () => {
  server = await DandiServer.start();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const load = (options: LoadDandiOptions = {}, id = server.assets[0].id) =>
  loadSpikeDataFromDandi(id, { apiBase: server.apiBase, allowPrivateHosts: true, ...options });

function expectUnits(sd: SpikeData) {
  expect(sd.train.map((train) => train.length)).toEqual(expected.counts);
  expect(sd.neuronAttributes!.map((attributes) => attributes.unit_id)).toEqual(expected.ids);
}

describe('a large asset', () => {
  it('is read where it lies', async () => {
    // behind the data that the file has come zeros, which nothing refers to
    const bytes = new Uint8Array(9 * 2 ** 20);
    bytes.set(nwb);
    server.assets[0].bytes = bytes;
    const sd = await load({ dandisetId: '000006' });
    expectUnits(sd);
    expect(sd.metadata).toMatchObject({ dandi_asset_id: server.assets[0].id });
    expect(sd.report).toMatchObject({ remote: 'ranges', requests: 2 });
    expect(sd.report!.bytesRead).toBeLessThan(2 ** 18);
    expectUnits(await load({ unitIds: undefined, remote: 'download' }));
    server.assets[0].detail = { contentSize: bytes.length + 1 };
    await expect(load()).rejects.toMatchObject({
      code: 'ERR_REMOTE',
      message: expect.stringMatching(/as the archive says/),
    });
  });

  it('is read where it lies, a folder of Zarr too', async () => {
    const folder = new URL('../../../../fixtures/nwb/zarr.nwb.zarr/', import.meta.url).pathname;
    const { id } = server.add('sub-a/a.nwb.zarr', { zarr: true });
    const files = consolidatedFolder(folder);
    server.bucketReply = ({ path }) => {
      const bytes = files.get(path.replace(/^.*?\/blobs\/[^/]+\/[^/]+\/[^/]+\//, ''));
      return bytes ? { body: bytes } : { status: 404 };
    };
    const sd = await load({ onWarning: () => {} }, id);
    const local = await loadSpikeDataFromNwb(folder, { onWarning: () => {} });
    expect(sd.train).toEqual(local.train);
    expect(sd.neuronAttributes).toEqual(local.neuronAttributes);
  });
});
