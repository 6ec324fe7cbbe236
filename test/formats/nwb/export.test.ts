import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  exportSpikeDataToNwb,
  loadSpikeDataFromNwb,
  NotFoundError,
  OptionError,
  SpikeData,
} from '../../../lib/index.js';
import {
  attributesOf,
  datasetAt,
  type File,
  namesIn,
  objectAt,
  openHdf5,
  referredPath,
  valuesOf,
} from '../../support/h5wasm.js';
import { useTemporaryFolder } from '../../support/temporary.js';

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

  it('keeps the places of two probes that number their electrodes alike', async () => {
    const unit = (electrode: number, x: number, location_label: string, group_name: string) => ({
      ...{ unit_id: electrode, electrode, location: [x, 20 * electrode], location_label, group_name },
    });
    const neuronAttributes = [
      unit(0, 0, 'CA1', 'A'),
      unit(1, 0, 'CA1', 'A'),
      unit(0, 500, 'V1', 'B'),
      unit(1, 500, 'V1', 'B'),
    ];
    const codes: string[] = [];
    const onWarning = ({ code }: { code: string }) => void codes.push(code);
    await exportSpikeDataToNwb(new SpikeData([[1], [2], [3], [4]], { neuronAttributes }), at('a.nwb'), { onWarning });
    expect(codes).toEqual(['electrodes-renumbered']);
    const file = await openHdf5(at('a.nwb'));
    // ids that do not repeat, as the schema demands, and that are rows
    expect(valuesOf(file, 'general/extracellular_ephys/electrodes/id')).toEqual([0, 1, 2, 3]);
    expect(valuesOf(file, 'units/electrodes')).toEqual([0, 1, 2, 3]);
    expect(valuesOf(file, 'units/id')).toEqual([0, 1, 2, 3]);
    const sd = await loadSpikeDataFromNwb(at('a.nwb'));
    const kept = (one: Record<string, unknown>) => [
      ...[one.unit_id, one.electrode, one.location, one.location_label, one.group_name],
    ];
    expect(sd.neuronAttributes?.map(kept)).toEqual(neuronAttributes.map(kept));
  });

  it('warns where a unit has a place and no electrode, beside units that have one', async () => {
    const codes: string[] = [];
    const onWarning = ({ code }: { code: string }) => void codes.push(code);
    const neuronAttributes = [{ electrode: 4, location: [1, 2] }, { location: [3, 4] }];
    await exportSpikeDataToNwb(new SpikeData([[1], [2]], { neuronAttributes }), at('a.nwb'), { onWarning });
    expect(codes).toEqual(['locations-not-written']);
    const sd = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(sd.neuronAttributes?.map(({ electrode, location }) => [electrode, location])).toEqual([
      [4, [1, 2]],
      [undefined, undefined],
    ]);
  });

  it('keeps places on the probe and in the brain apart', async () => {
    const neuronAttributes = [{ electrode: 2, location: [1, 2], brain_location: [10, 20, 30] }];
    await exportSpikeDataToNwb(new SpikeData([[1]], { neuronAttributes }), at('a.nwb'));
    const file = await openHdf5(at('a.nwb'));
    const column = (name: string) => (valuesOf(file, `general/extracellular_ephys/electrodes/${name}`) as number[])[2];
    expect(['rel_x', 'rel_y', 'x', 'y', 'z'].map(column)).toEqual([1, 2, 10, 20, 30]);
    const [unit] = (await loadSpikeDataFromNwb(at('a.nwb'))).neuronAttributes ?? [];
    expect(unit).toMatchObject(neuronAttributes[0]);
  });

  it('renames attributes whose names NWB has for something else, and says so', async () => {
    const neuronAttributes = [{ name: 'n', id: 3, waveforms: [1, 2], pair_index: 7, 'a/b': 'x', '': 1 }];
    const messages: string[] = [];
    const onWarning = ({ message }: { message: string }) => void messages.push(message);
    await exportSpikeDataToNwb(new SpikeData([[1]], { neuronAttributes }), at('a.nwb'), { onWarning });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/name as unit_name/);
    const file = await openHdf5(at('a.nwb'));
    expect(namesIn(file, 'units').sort()).toEqual([
      ...['a-b', 'id', 'pair_index_', 'spike_times', 'spike_times_index', 'unit_attribute', 'unit_id_2', 'unit_name'],
      ...['unit_waveforms', 'unit_waveforms_index'],
    ]);
    const [unit] = (await loadSpikeDataFromNwb(at('a.nwb'), { columns: ['unit_waveforms'] })).neuronAttributes ?? [];
    expect(unit).toMatchObject({ unit_name: 'n', unit_id_2: 3, unit_waveforms: [1, 2], pair_index_: 7, 'a-b': 'x' });
  });

  it('keeps all electrodes of a unit, and what no table of electrodes can say as columns of the units', async () => {
    const attributes = [
      { electrode: 3, electrodes: [3, 4], location: [0, 20], x: 5, group_name: 'a' },
      { electrode: 4, electrodes: [4, 3, 9], location: [0, 40], x: 6, group_name: 'a' },
    ];
    const file = await exported(new SpikeData([[1], [2]], { length: 5, neuronAttributes: attributes }));
    expect(valuesOf(file, 'units/electrodes')).toEqual([3, 4, 4, 3, 9]);
    expect(valuesOf(file, 'units/electrodes_index')).toEqual([2, 5]);
    expect(valuesOf(file, 'units/x')).toEqual([5, 6]);
    const { neuronAttributes: loaded } = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(loaded).toMatchObject(attributes);
  });

  it.each([
    ['a word for a location', { location: 'CA1' }, { unit_location: 'CA1' }, ['attributes-renamed']],
    ['an area without an electrode', { location_label: 'CA1', group_name: 'a' }, {}, []],
    ['y without x', { y: 5 }, { location: [Number.NaN, 5] }, []],
  ])('keeps %s', async (_, attributes, expected, codes) => {
    const told: string[] = [];
    const sd = new SpikeData([[1]], { length: 5, neuronAttributes: [attributes as never] });
    await exported(sd, { onWarning: ({ code }: { code: string }) => told.push(code) });
    const { neuronAttributes: loaded } = await loadSpikeDataFromNwb(at('a.nwb'));
    expect(loaded?.[0]).toMatchObject(Object.keys(expected).length ? expected : attributes);
    expect(told).toEqual(codes);
  });

  it('says which electrodes of a unit it cannot tell apart', async () => {
    const told: string[] = [];
    const neuronAttributes = [
      { electrode: 1, location: [0, 0] },
      { electrode: 1, electrodes: [1, 2], location: [9, 9] },
    ];
    const sd = new SpikeData([[1], [2]], { length: 5, neuronAttributes });
    await exported(sd, { onWarning: ({ code }: { code: string }) => told.push(code) });
    expect(told).toEqual(['electrodes-not-written', 'electrodes-renumbered']);
  });

  it('leaves out a column of texts that are no UTF-8, with a finding', async () => {
    const neuronAttributes = [{ label: 'Zürich', depth: 1 }];
    await exportSpikeDataToNwb(new SpikeData([[1]], { length: 5, neuronAttributes }), at('a.nwb'));
    const bytes = readFileSync(at('a.nwb'));
    // what stands for ü, as Latin-1 has it
    for (let found = bytes.indexOf('Zürich'); found >= 0; found = bytes.indexOf('Zürich')) bytes[found + 1] = 0xfc;
    writeFileSync(at('a.nwb'), bytes);
    const told: string[] = [];
    const sd = await loadSpikeDataFromNwb(at('a.nwb'), { onWarning: ({ message }) => told.push(message) });
    expect(sd.neuronAttributes).toEqual([{ unit_id: 0, depth: 1 }]);
    expect(told).toEqual([expect.stringMatching(/\/units\/label cannot be read .*UTF-8 was expected/)]);
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
    const path = new URL('../../../fixtures/nwb/full.nwb', import.meta.url);
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

describe('times that look like another unit', () => {
  // 3000 spikes in 15 minutes, and the same numbers as if the ms were seconds: more than ten days at 0.003 spikes a second
  it.each([
    [300, []],
    [300_000, ['implausible-unit']],
  ])('one spike each %d ms: %j', async (stepMs, codes) => {
    const train = Float64Array.from({ length: 3000 }, (_, i) => i * stepMs);
    await exportSpikeDataToNwb(new SpikeData([train]), at('a.nwb'));
    const warned: string[] = [];
    await loadSpikeDataFromNwb(at('a.nwb'), { onWarning: ({ code }) => void warned.push(code) });
    expect(warned).toEqual(codes);
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
    await exported(new SpikeData([[1]], { neuronAttributes: [{ nested: { a: 1 }, mixed: 'x', both: ['x', 1] }] }));
    expect(await warned).toMatchObject({
      code: 'attributes-not-written',
      message: expect.stringMatching(/nested, both/),
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
