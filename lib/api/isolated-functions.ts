/** The functions that an isolated child may be asked for, by their public names. */
import { loadSpikeDataFromHdf5RawThresholded } from '../formats/hdf5/raw-thresholded.js';
import { queryIblProbes } from '../formats/ibl/load.js';
import { loaders } from '../formats/table.js';
import type { PublicFunctions } from '../loading/isolate/child.js';
import { detectSpikes } from './detect-spikes.js';
import { identify } from './identify.js';
import { openRecording } from './open-recording.js';
import { loadSpikeDataFromSpikeInterfaceRecording } from './spikeinterface-recording.js';

export const isolatedFunctions: PublicFunctions = {
  ...Object.fromEntries(loaders.map((loader) => [loader.function, loader.load])),
  openRecording,
  identify,
  queryIblProbes,
  detectSpikes,
  loadSpikeDataFromHdf5RawThresholded,
  loadSpikeDataFromSpikeInterfaceRecording,
};
