/**
 * The contract with the native addon, and the one place that loads it. native/bindings/addon.cpp registers the same functions in the
 * same order; a test compares the two.
 */

import { createRequire } from 'node:module';
import { AddonLoadError } from '../core/errors.js';
import type { NativeBinding } from './contract.js';
import {
  advice,
  builtAddon,
  locateAddon,
  packagedPlatforms,
  packageVersion,
  platformName,
  platformPackage,
} from './locate.js';

/** Names of the contract, in order. */
export const bindingFunctions = [
  'buildInfo',
  'exchangePaths',
  'groupSpikes',
  'groupSpikesJob',
  'splitRagged',
  'splitRaggedJob',
  'expandRaster',
  'expandRasterJob',
  'writeHdf5',
  'rangesOpen',
  'rangesSupply',
  'rangesGaps',
  'rangesTrim',
  'hdf5Open',
  'hdf5Close',
  'hdf5List',
  'hdf5Walk',
  'hdf5Exists',
  'hdf5Describe',
  'hdf5Attributes',
  'hdf5Read',
  'hdf5ReadTrains',
  'hdf5ReadStrings',
  'hdf5ReadReferences',
  'hdf5ReadRegions',
  'hdf5ReadRecords',
  'binSparse',
  'binDense',
  'designButterworth',
  'filterPadding',
  'filterTraces',
  'detectTraces',
  'readPicklePayloads',
  'readRecordHeads',
  'peaksOpen',
  'peaksNext',
  'peaksDeliver',
  'peaksFromMemory',
  'peaksFromSource',
  'peaksResult',
  'peaksCut',
  'peaksTakeCuts',
  'peaksMeasure',
  'peaksTakeMeasures',
  'takeReference',
  'streamOpen',
  'streamNext',
  'streamDeliver',
  'streamResult',
  'detectSource',
  'confine',
  'largeBytes',
  'keepFromChildren',
] as const satisfies readonly (keyof NativeBinding)[];

let loaded: NativeBinding | undefined;

/** The addon, loaded when first needed. */
export function native(): NativeBinding {
  loaded ??= load();
  return loaded;
}

function load(): NativeBinding {
  const path = locateAddon();
  if (!path) throw absent();
  let binding: NativeBinding;
  try {
    binding = createRequire(import.meta.url)(path) as NativeBinding;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const commands = ['npx spikelab build'];
    const message = `The native addon of spikelab at ${path} could not be loaded (${reason}). To build one for this machine: ${commands}`;
    throw new AddonLoadError(message, { tried: [path], advice: commands }, { cause });
  }
  const { version = 'none' } = binding.buildInfo();
  if (version !== packageVersion) {
    const commands = advice();
    const message = `The native addon of spikelab must be of version ${packageVersion}, as its JavaScript is, found ${version} at ${path}. To get it: ${commands}`;
    throw new AddonLoadError(message, { tried: [path], advice: commands });
  }
  return binding;
}

function absent(): AddonLoadError {
  const commands = advice();
  const tried = [builtAddon(), `${platformPackage()}/spikelab.node`];
  const why = packagedPlatforms.includes(platformName())
    ? 'optional dependencies were left out, or a lockfile of another platform was used'
    : `there is no ready-made one for ${platformName()}`;
  const message = `The native addon of spikelab is not installed: ${why}. To install it: ${commands}`;
  return new AddonLoadError(message, { tried, advice: commands });
}
