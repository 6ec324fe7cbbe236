/** SpikeLab's own classes: instances of them are their attributes. */
import { type GlobalTable, type GlobalTraits, Instance } from './values.js';

const plainClass: GlobalTraits = { create: (global, args) => new Instance(global, args) };

/** Where SpikeData has lived: SpikeLab, the `spikedata` package before it, and braingeneers before that. */
export const spikeDataModules = ['spikelab.spikedata.spikedata', 'spikelab.spikedata'];
export const olderSpikeDataModules = [
  'spikedata.spikedata',
  'spikedata',
  'braingeneers.analysis.analysis',
  'braingeneers.analysis.spikedata',
  'braingeneers.analysis',
];

/** SpikeLab's other types, so that an error can say which one a file holds. */
const otherTypes: Record<string, string[]> = {
  'spikelab.spikedata.ratedata': ['RateData'],
  'spikelab.spikedata.rateslicestack': ['RateSliceStack'],
  'spikelab.spikedata.spikeslicestack': ['SpikeSliceStack'],
  'spikelab.spikedata.pairwise': ['PairwiseCompMatrix', 'PairwiseCompMatrixStack'],
};

export const spikelabGlobals: GlobalTable = Object.fromEntries([
  ...[...spikeDataModules, ...olderSpikeDataModules].map((module) => [module, { SpikeData: plainClass }]),
  ...Object.entries(otherTypes).map(([module, names]) => [
    module,
    Object.fromEntries(names.map((name) => [name, plainClass])),
  ]),
]);
