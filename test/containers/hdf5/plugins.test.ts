import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHdf5 } from '../../../lib/containers/hdf5/file.js';
import { FormatError, UnsupportedError } from '../../../lib/core/errors.js';
import { useTemporaryFolder } from '../../support/temporary.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/hdf5_plugins/${name}`, import.meta.url));
const expected: number[] = JSON.parse(readFileSync(fixture('expected.json'), 'utf8'));

/** Where Debian's packages put plug-ins. */
const folder = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/hdf5/serial/plugins`)
  .find((path) => existsSync(path));
const installed = folder ? readdirSync(folder) : [];
const given = process.env.HDF5_PLUGIN_PATH;

async function read(path: string, dataset: string): Promise<number[]> {
  const file = await openHdf5(path);
  try {
    return Array.from((await file.read(dataset, { as: 'float64' })).data);
  } finally {
    file.close();
  }
}

function usePlugins(path: string | undefined): void {
  if (path === undefined) delete process.env.HDF5_PLUGIN_PATH;
  else process.env.HDF5_PLUGIN_PATH = path;
}

afterEach(() => usePlugins(given));

describe('filters that are plug-ins', () => {
  const at = useTemporaryFolder();
  const filters = {
    'blosc-lz4': /filter 32001 .*hdf5-filter-plugin-blosc-serial.* set HDF5_PLUGIN_PATH/,
    'blosc-zstd': /filter 32001 .*hdf5-filter-plugin-blosc-serial.* set HDF5_PLUGIN_PATH/,
    lz4: /filter 32004 .*package hdf5-filter-plugin;.* set HDF5_PLUGIN_PATH/,
    'lz4-shuffle': /filter 32004 .*package hdf5-filter-plugin;.* set HDF5_PLUGIN_PATH/,
    bzip2: /filter 307 .*package hdf5-filter-plugin;.* set HDF5_PLUGIN_PATH/,
    zstd: /filter 32015 .*hdf5plugin.* set HDF5_PLUGIN_PATH/,
  };

  it.each(Object.entries(filters))('are not loaded unless asked for: %s', async (dataset, message) => {
    usePlugins(undefined);
    await expect(read(fixture('plugins.h5'), dataset)).rejects.toThrow(UnsupportedError);
    await expect(read(fixture('plugins.h5'), dataset)).rejects.toThrow(message);
  });

  it('are not in a folder without plug-ins', async () => {
    writeFileSync(at('libnothing.so'), 'no library');
    usePlugins(at('.'));
    await expect(read(fixture('plugins.h5'), 'lz4')).rejects.toThrow(/in the folder that HDF5_PLUGIN_PATH names/);
  });
});

describe('plug-ins of Debian', () => {
  const at = useTemporaryFolder();
  beforeEach(() => usePlugins(`/nowhere:${folder}`));

  const libraries = {
    'blosc-lz4': 'libH5Zblosc.so',
    'blosc-zstd': 'libH5Zblosc.so',
    lz4: 'libh5lz4.so',
    'lz4-shuffle': 'libh5lz4.so',
    bzip2: 'libh5bz2.so',
  };
  for (const [dataset, library] of Object.entries(libraries)) {
    it.skipIf(!installed.includes(library))(`decode ${dataset}`, async () => {
      expect(await read(fixture('plugins.h5'), dataset)).toEqual(expected);
    });
  }

  it.skipIf(!installed.includes('libH5Zblosc.so'))('get no data that claims to be more than a chunk', async () => {
    const bytes = readFileSync(fixture('plugins.h5'));
    // Blosc's header: version, version of the codec, flags, bytes of an element, then those of all
    const claim = Buffer.of(8, 128, 0, 0, 0);
    let claims = 0;
    for (let i = bytes.indexOf(claim); i >= 0; i = bytes.indexOf(claim, i + 1)) {
      if (bytes[i - 3] !== 2) continue;
      bytes.writeUInt32LE(0x7fffffff, i + 1);
      claims++;
    }
    expect(claims).toBeGreaterThan(0);
    writeFileSync(at('a.h5'), bytes);
    await expect(read(at('a.h5'), 'blosc-lz4')).rejects.toThrow(FormatError);
  });
});
