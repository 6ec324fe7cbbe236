/** Exporters that write into S3, through a real server. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as api from '../../../lib/index.js';
import { type S3Server, startS3Server } from '../../support/s3-server.js';

let server: S3Server;
let folder: string;
const usual = process.env.TMPDIR;
beforeAll(async () => {
  server = await startS3Server('lab');
});
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exports-'));
  process.env.TMPDIR = folder;
  return async () => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  };
});

const sd = new api.SpikeData([Float64Array.of(1, 2.5, 40), Float64Array.of(3)], {
  length: 50,
  neuronAttributes: [{ unit_id: 4 }, { unit_id: 7 }],
});
const isThere = (key: string) =>
  server.client.send(new HeadObjectCommand({ Bucket: 'lab', Key: key })).then(
    () => true,
    () => false,
  );

describe('an export into S3', () => {
  it('is NWB or HDF5, which loads from there', async () => {
    await api.exportSpikeDataToNwb(sd, 's3://lab/day/a.nwb', server.options);
    const nwb = await api.loadSpikeDataFromNwb('s3://lab/day/a.nwb', server.options);
    expect(nwb.train).toEqual(sd.train);
    expect(nwb.report).toMatchObject({ remote: 'ranges', requests: 1 });
    await api.exportSpikeDataToHdf5(sd, 's3://lab/day/a.h5', { style: 'paired', ...server.options });
    const style = { idcesDataset: 'idces', timesDataset: 'times', timesUnit: 'ms' } as const;
    expect((await api.loadSpikeDataFromHdf5('s3://lab/day/a.h5', { ...style, ...server.options })).train).toEqual(
      sd.train,
    );
  });

  it('is a table of spikes, and one of units beside it', async () => {
    await api.exportSpikeDataToCsv(sd, 's3://lab/tables/a.csv', server.options);
    for (const name of ['a.csv', 'a.units.csv']) expect(await isThere(`tables/${name}`)).toBe(true);
  });

  it('is a folder of KiloSort', async () => {
    const paths = await api.exportSpikeDataToKilosort(sd, 's3://lab/sorted/probe0/', {
      fsHz: 2000,
      onWarning: () => {},
      ...server.options,
    });
    expect(paths.spikeTimes).toBe('s3://lab/sorted/probe0/spike_times.npy');
    for (const name of ['spike_clusters.npy', 'spike_times.npy'])
      expect(await isThere(`sorted/probe0/${name}`)).toBe(true);
    const options = { fsHz: 2000, onWarning: () => {}, ...server.options };
    expect((await api.loadSpikeDataFromKilosort('s3://lab/sorted/probe0', options)).train).toEqual(sd.train);
  });

  it('leaves nothing where it fails', async () => {
    server.proxy.fault = ({ method }) => (method === 'PUT' || method === 'POST' ? { status: 403 } : undefined);
    const failed = api.exportSpikeDataToNwb(sd, 's3://lab/refused/a.nwb', server.options);
    await expect(failed).rejects.toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    server.proxy.fault = () => undefined;
    expect(await isThere('refused/a.nwb')).toBe(false);
    await expect(api.exportSpikeDataToNwb(sd, 's3://lab', server.options)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  });
});
