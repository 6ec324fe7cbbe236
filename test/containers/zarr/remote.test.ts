/** Zarr folders on servers, against the same folders on disk. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSpikeDataFromNwb, loadSpikeDataFromSpikeInterface, openRecording } from '../../../lib/index.js';
import { type RangeServer, startRangeServer } from '../../support/range-server.js';
import { consolidatedFolder, folderFiles } from '../../support/zarr-folder.js';

const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const sorting = `${fixtures}spikeinterface/sorting.zarr`;
const here = { allowPrivateHosts: true, onWarning: () => {} };
let server: RangeServer;
beforeAll(async () => {
  server = await startRangeServer();
});
afterAll(() => server.close());
beforeEach(() => server.reset());

const serve = (name: string, files: Map<string, Uint8Array>) => {
  for (const [key, bytes] of files) server.serve(`/${name}/${key}`, bytes);
  return `${server.origin}/${name}`;
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );

describe('a Zarr folder on a web server', () => {
  it('is loaded as from disk, its metadata in one request', async () => {
    const files = consolidatedFolder(sorting);
    const url = serve('sorting.zarr', files);
    const [remote, local] = [
      await loadSpikeDataFromSpikeInterface(url, here),
      await loadSpikeDataFromSpikeInterface(sorting, here),
    ];
    expect(remote.train).toEqual(local.train);
    expect(remote.neuronAttributes).toEqual(local.neuronAttributes);
    expect(remote.report).toMatchObject({ remote: 'ranges', requests: server.requests.length });
    const metadata = server.requests.filter(({ path }) => /\/\.z|\/zarr\.json/.test(path)).map(({ path }) => path);
    expect(metadata.sort()).toEqual(['/sorting.zarr/.zmetadata', '/sorting.zarr/zarr.json']);
    const chunks = [...files.keys()].filter((key) => !/(^|\/)\.z/.test(key));
    expect(server.requests.length).toBeLessThanOrEqual(chunks.length + 2);
  });

  it('is NWB', async () => {
    const folder = `${fixtures}nwb/zarr.nwb.zarr`;
    const remote = await loadSpikeDataFromNwb(`${serve('a.nwb.zarr', consolidatedFolder(folder))}/`, here);
    const local = await loadSpikeDataFromNwb(folder, here);
    expect(remote.train).toEqual(local.train);
    expect(remote.neuronAttributes).toEqual(local.neuronAttributes);
  });

  it.each(['si.zarr', 'series.nwb.zarr'])('is a recording, of which windows are read: %s', async (name) => {
    const folder = `${fixtures}recordings/${name}`;
    await using local = await openRecording(folder, here);
    await using remote = await openRecording(serve(name, consolidatedFolder(folder)), here);
    const { channels, samples, fsHz, channelIds, channelLocations, gainsToUv, startMs } = local;
    expect(remote).toMatchObject({ channels, samples, fsHz, channelIds, channelLocations, gainsToUv, startMs });
    const range = { start: 3, end: Math.min(samples, 800) };
    expect(await remote.read(range)).toEqual(await local.read(range));
    expect(server.most).toBeLessThanOrEqual(8);
  });

  it('must have its metadata together, where its server lists nothing', async () => {
    const error = await failure(loadSpikeDataFromSpikeInterface(serve('loose.zarr', folderFiles(sorting)), here));
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED', message: expect.stringMatching(/consolidate_metadata/) });
  });

  it('is no Zarr', async () => {
    const error = await failure(loadSpikeDataFromNwb(`${server.origin}/nothing.zarr?token=secret`, here));
    expect(error).toMatchObject({ code: 'ERR_FORMAT', message: expect.stringMatching(/nothing\.zarr, found none of/) });
    expect(error.message).not.toMatch(/secret/);
  });

  it('has chunks that may not be read, or come cut off: none counts as not stored', async () => {
    const url = serve('kept.zarr', consolidatedFolder(sorting));
    server.wrong = ({ path }) => (/sample_index\/\d/.test(path) ? { status: 403 } : undefined);
    expect(await failure(loadSpikeDataFromSpikeInterface(url, here))).toMatchObject({
      code: 'ERR_REMOTE',
      status: 403,
    });
    server.wrong = ({ path }) => (/sample_index\/\d/.test(path) ? { body: new Uint8Array(7) } : undefined);
    expect(await failure(loadSpikeDataFromSpikeInterface(url, here))).toMatchObject({ code: 'ERR_FORMAT' });
  });
});

describe('references to parts of files', () => {
  /** As kerchunk writes them: small files as they are, chunks as parts of one large file. */
  const references = (files: Map<string, Uint8Array>, url: string) => {
    const parts: Uint8Array[] = [Buffer.from('before')];
    let at = 6;
    const refs: Record<string, unknown> = {};
    for (const [key, bytes] of files) {
      if (/\.z(group|array|attrs)$/.test(key)) refs[key] = Buffer.from(bytes).toString();
      else if (bytes.length < 20) refs[key] = `base64:${Buffer.from(bytes).toString('base64')}`;
      else {
        refs[key] = ['{{u}}', at, bytes.length];
        parts.push(bytes);
        at += bytes.length;
      }
    }
    server.serve(url, Buffer.concat(parts));
    return { version: 1, templates: { u: server.origin + url }, refs };
  };

  it('are a Zarr folder, on disk or on a server', async () => {
    const folder = `${fixtures}nwb/zarr.nwb.zarr`;
    const local = await loadSpikeDataFromNwb(folder, here);
    const json = Buffer.from(JSON.stringify(references(folderFiles(folder), '/data.bin')));
    const remote = await loadSpikeDataFromNwb(server.serve('/a.nwb.zarr.json', json), here);
    expect(remote.train).toEqual(local.train);
    expect(remote.neuronAttributes).toEqual(local.neuronAttributes);
  });

  it('are a recording', async () => {
    const folder = `${fixtures}recordings/series.nwb.zarr`;
    const json = Buffer.from(JSON.stringify(references(folderFiles(folder), '/series.bin')));
    await using remote = await openRecording(server.serve('/series.nwb.lindi.json', json), here);
    await using local = await openRecording(folder, here);
    const range = { start: 0, end: local.samples };
    expect(await remote.read(range)).toEqual(await local.read(range));
    expect(remote.channelIds).toEqual(local.channelIds);
  });

  it('are not what other .json on disk are: a part of a folder is named as one', async () => {
    const error = await failure(openRecording(`${fixtures}recordings/si_binary/binary.json`, here));
    expect(error).toMatchObject({ code: 'ERR_FORMAT', message: expect.stringMatching(/belongs to|spikeinterface/) });
  });

  it('lead to servers only, and into their files', async () => {
    const refs = references(folderFiles(`${fixtures}nwb/zarr.nwb.zarr`), '/data.bin');
    const of = (more: object) => {
      const json = Buffer.from(JSON.stringify({ ...refs, ...more }));
      return failure(loadSpikeDataFromNwb(server.serve('/bad.lindi.json', json), here));
    };
    expect(await of({ templates: { u: '/etc/passwd' } })).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    expect(await of({ gen: [] })).toMatchObject({ code: 'ERR_UNSUPPORTED' });
    server.serve('/short.bin', new Uint8Array(50));
    expect(await of({ templates: { u: `${server.origin}/short.bin` } })).toMatchObject({ code: 'ERR_FORMAT' });
  });
});
