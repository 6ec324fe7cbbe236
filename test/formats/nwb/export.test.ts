import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportSpikeDataToNwb, loadSpikeDataFromNwb, NotFoundError, OptionError, SpikeData } from '../../lib/index.js';
import {
  attributesOf,
  datasetAt,
  type File,
  namesIn,
  objectAt,
  openHdf5,
  referredPath,
  valuesOf,
} from '../support/h5wasm.js';
import { useTemporaryFolder } from '../support/temporary.js';

const at = useTemporaryFolder();
const sample = () =>
  new SpikeData([[5, 10, 15], [], [2.5, 20]], {
    length: 25,
    neuronAttributes: [
      {
        ...{ unit_id: 7, electrode: 3, location: [10, 20], location_label: 'CA1', group_name: 'shank/0' },
        ...{
          quality: 'good',
          depth: 1.5,
          ok: true,
          amps: [1, 2, 3],
          obs_intervals: [
            [0, 10],
            [15, 25],
          ],
        },
      },
      {
        ...{ unit_id: 9, electrode: 3, location: [10, 20], location_label: 'CA1', group_name: 'shank/0' },
        ...{ quality: 'mua', depth: 2, ok: false, amps: [], obs_intervals: [] },
      },
      {
        ...{ unit_id: 12, electrode: 1, location: [30, 40], location_label: 'CA3', group_name: 'b' },
        ...{ quality: 'größe', ok: true, amps: [4.5], obs_intervals: [[0, 25]] },
      },
    ],
    metadata: {
      ...{ subject_id: 'm1', species: 'Mus musculus', sex: 'M', age: 'P30D', date_of_birth: '2024-01-01' },
      ...{ session_start_time: '2024-05-01T10:00:00+02:00', identifier: 'abc', device_names: ['probe'] },
    },
  });

async function exported(sd = sample(), options = {}): Promise<File> {
  await exportSpikeDataToNwb(sd, at('a.nwb'), options);
  return openHdf5(at('a.nwb'));
}

/** The namespace of the schema that defines each type that we write. */
const namespaces: Record<string, string> = {
  ...{ NWBFile: 'core', Units: 'core', ElectrodeGroup: 'core', Device: 'core', Subject: 'core' },
  ...{ DynamicTable: 'hdmf-common', VectorData: 'hdmf-common', VectorIndex: 'hdmf-common' },
  ...{ ElementIdentifiers: 'hdmf-common', DynamicTableRegion: 'hdmf-common' },
};

/** Paths of all objects, links not followed. */
function pathsOf(file: File): string[] {
  return ['/', ...file.paths().map((path) => (path.startsWith('/') ? path : `/${path}`))];
}

describe('the structure that the schema demands', () => {
  it('of the root', async () => {
    const file = await exported();
    expect(attributesOf(file, '/')).toMatchObject({
      neurodata_type: 'NWBFile',
      namespace: 'core',
      nwb_version: '2.6.0',
    });
    const fields = ['identifier', 'session_description', 'session_start_time', 'timestamps_reference_time'];
    for (const field of fields)
      expect(datasetAt(file, field)).toMatchObject({ shape: [], metadata: { vlen: true, cset: 1 } });
    expect(datasetAt(file, 'file_create_date').shape).toEqual([1]);
    const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
    for (const field of fields.slice(2)) expect(valuesOf(file, field)).toBe('2024-05-01T10:00:00+02:00');
    expect((valuesOf(file, 'file_create_date') as string[])[0]).toMatch(zoned);
    for (const group of [
      'acquisition',
      'analysis',
      'general',
      'processing',
      'stimulus/presentation',
      'stimulus/templates',
    ]) {
      expect(objectAt(file, group).type).toBe('Group');
    }
    expect(valuesOf(file, 'general/subject/date_of_birth')).toMatch(zoned);
  });

  it('of types: namespace and an id of its own for each', async () => {
    const file = await exported();
    const ids: unknown[] = [];
    for (const path of pathsOf(file).filter((p) => !p.endsWith('/device'))) {
      const attributes = attributesOf(file, path);
      const inTable = /^\/(units|general\/extracellular_ephys\/electrodes)(\/|$)/.test(path);
      if (inTable) expect(attributes, path).toHaveProperty('neurodata_type');
      if (attributes.neurodata_type === undefined) continue;
      expect(attributes.namespace, path).toBe(namespaces[String(attributes.neurodata_type)]);
      ids.push(attributes.object_id);
    }
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it.each(['/units', '/general/extracellular_ephys/electrodes'])('of the table %s', async (path) => {
    const file = await exported();
    const { colnames, description } = attributesOf(file, path) as { colnames: string[]; description: string };
    expect(description).toMatch(/\w/);
    const columns = namesIn(file, path).filter((name) => name !== 'id' && !name.endsWith('_index'));
    expect([...colnames].sort()).toEqual(columns.sort());
    expect(datasetAt(file, `${path}/id`).dtype).toBe('<q');
    const rows = datasetAt(file, `${path}/id`).shape?.[0];
    for (const name of namesIn(file, path).filter((one) => one !== 'id')) {
      const attributes = attributesOf(file, `${path}/${name}`);
      expect(attributes.description, name).toMatch(/\w/);
      if (!name.endsWith('_index')) continue;
      const column = `${path}/${name.slice(0, -'_index'.length)}`;
      expect(attributes.neurodata_type).toBe('VectorIndex');
      expect(referredPath(file, objectAt(file, `${path}/${name}`).attrs.target.value)).toBe(column);
      // unsigned, one for each row, the last at the end of the column
      expect(datasetAt(file, `${path}/${name}`)).toMatchObject({ dtype: '<I', shape: [rows] });
      expect((valuesOf(file, `${path}/${name}`) as number[]).at(-1)).toBe(datasetAt(file, column).shape?.[0]);
    }
  });

  it('of spike times: float64 seconds', async () => {
    const file = await exported();
    expect(datasetAt(file, 'units/spike_times').dtype).toBe('<d');
    expect(valuesOf(file, 'units/spike_times')).toEqual([0.005, 0.01, 0.015, 0.0025, 0.02]);
    expect(valuesOf(file, 'units/spike_times_index')).toEqual([3, 3, 5]);
    expect(valuesOf(file, 'units/id')).toEqual([7, 9, 12]);
  });

  it('of electrodes: a region of rows, groups by reference, devices by soft link', async () => {
    const file = await exported();
    const table = '/general/extracellular_ephys/electrodes';
    expect(attributesOf(file, 'units/electrodes')).toMatchObject({ neurodata_type: 'DynamicTableRegion' });
    expect(referredPath(file, objectAt(file, 'units/electrodes').attrs.table.value)).toBe(table);
    const rows = valuesOf(file, 'units/electrodes') as number[];
    const ids = valuesOf(file, `${table}/id`) as number[];
    // rows by which NWB refers, and ids by which SpikeLab does, are the same
    expect(rows.map((row) => ids[row])).toEqual([3, 3, 1]);
    expect(rows).toEqual([3, 3, 1]);
    expect(valuesOf(file, `${table}/x`)).toEqual([Number.NaN, 30, Number.NaN, 10]);
    expect(valuesOf(file, `${table}/location`)).toEqual(['unknown', 'CA3', 'unknown', 'CA1']);
    expect(namesIn(file, table)).not.toContain('z');
    const groups = (datasetAt(file, `${table}/group`).value as unknown[]).map((group) => referredPath(file, group));
    const names = valuesOf(file, `${table}/group_name`) as string[];
    expect(groups).toEqual(names.map((name) => `/general/extracellular_ephys/${name}`));
    expect(names).toEqual(['electrode_group', 'b', 'electrode_group', 'shank-0']);
    for (const group of groups) {
      expect(attributesOf(file, group)).toMatchObject({
        description: expect.any(String),
        location: expect.any(String),
      });
      expect(file.get_link(`${group}/device`)).toBe('/general/devices/probe');
    }
  });

  it('of a file that knows nothing', async () => {
    const file = await exported(new SpikeData([[1], []]));
    expect(namesIn(file, 'units').sort()).toEqual(['id', 'spike_times', 'spike_times_index']);
    expect(valuesOf(file, 'session_start_time')).toBe('1970-01-01T00:00:00.000000+00:00');
    expect(valuesOf(file, 'identifier')).toMatch(/^[0-9a-f-]{36}$/);
    expect(namesIn(file, 'general')).toEqual([]);
    expect(attributesOf(file, '/')).toMatchObject({ length_ms: 1, start_time: 0 });
  });
});

describe('a round trip', () => {
  it('keeps trains, attributes and session', async () => {
    await exportSpikeDataToNwb(sample(), at('a.nwb'));
    const sd = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(sd.train).toEqual(sample().train);
    expect(sd.length).toBe(25);
    const { group_name, ...first } = sample().neuronAttributes?.[0] ?? {};
    expect(sd.neuronAttributes?.[0]).toMatchObject({ ...first, group_name: String(group_name).replace('/', '-') });
    expect(sd.neuronAttributes?.[2]).toMatchObject({ quality: 'größe', depth: Number.NaN, electrode: 1, amps: [4.5] });
    const { date_of_birth, ...metadata } = sample().metadata;
    expect(sd.metadata).toMatchObject({ ...metadata, date_of_birth: `${date_of_birth}T00:00:00+00:00` });
  });

  it('keeps ids and electrodes that are texts, and units without an electrode', async () => {
    const neuronAttributes = [{ unit_id: 'a', electrode: 'E7' }, { unit_id: 'b' }];
    await exportSpikeDataToNwb(new SpikeData([[1], [2]], { neuronAttributes }), at('a.nwb'));
    const sd = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(sd.neuronAttributes?.map(({ unit_id, electrode }) => [unit_id, electrode])).toEqual([
      ['a', 'E7'],
      ['b', undefined],
    ]);
  });

  it('keeps electrodes whose ids are too large for a row each', async () => {
    const neuronAttributes = [{ electrode: 5_000_000 }, { electrode: 7 }];
    await exportSpikeDataToNwb(new SpikeData([[1], [2]], { neuronAttributes }), at('a.nwb'));
    const file = await openHdf5(at('a.nwb'));
    expect(valuesOf(file, 'general/extracellular_ephys/electrodes/id')).toEqual([7, 5_000_000]);
    expect(valuesOf(file, 'units/electrodes')).toEqual([1, 0]);
    const sd = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(sd.electrodes).toEqual([5_000_000, 7]);
  });

  it('writes a file again as it was read', async () => {
    const path = new URL('../../fixtures/nwb/full.nwb', import.meta.url);
    const first = await loadSpikeDataFromNwb(path);
    await exportSpikeDataToNwb(first, at('a.nwb'));
    const second = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(second.train).toEqual(first.train);
    const kept = (unit: Record<string, unknown>) => [
      unit.unit_id,
      unit.electrode,
      unit.location_label,
      unit.quality,
      unit.amps,
    ];
    expect(second.neuronAttributes?.map(kept)).toEqual(first.neuronAttributes?.map(kept));
  });
});

describe('the caller', () => {
  it('may name table and datasets', async () => {
    const file = await exported(sample(), {
      group: '/sorted/',
      spikeTimesDataset: 'my_spike_times',
      spikeTimesIndexDataset: 'ends',
    });
    expect(valuesOf(file, 'sorted/my_spike_times')).toHaveLength(5);
    expect(referredPath(file, objectAt(file, 'sorted/ends').attrs.target.value)).toBe('/sorted/my_spike_times');
    const sd = await loadSpikeDataFromNwb(at('a.nwb'), { unitsPath: 'sorted' });
    expect(sd.train).toEqual(sample().train);
  });

  it('hears of attributes that are no columns', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    await exported(new SpikeData([[1]], { neuronAttributes: [{ nested: { a: 1 }, mixed: 'x', 'a/b': 1 }] }));
    expect(await warned).toMatchObject({
      code: 'attributes-not-written',
      message: expect.stringMatching(/nested, a\/b/),
    });
  });

  it('gets an error before anything is written', async () => {
    writeFileSync(at('a.nwb'), 'precious');
    await expect(exportSpikeDataToNwb({} as SpikeData, at('a.nwb'))).rejects.toThrow(OptionError);
    await expect(exportSpikeDataToNwb(sample(), at('a.nwb'), { group: '' })).rejects.toThrow(OptionError);
    await expect(exportSpikeDataToNwb(sample(), at('no/a.nwb'))).rejects.toThrow(NotFoundError);
    expect(readdirSync(at(''))).toEqual(['a.nwb']);
  });
});
