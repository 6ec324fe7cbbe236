/** Classes and functions of neo and quantities: all become inert data, which lib/formats/neo knows how to read. */
import { NumpyArray, requireEmptyShape } from './numpy-array.js';
import { Global, type GlobalTable, type GlobalTraits, Instance, kindOf, type ReduceContext } from './values.js';

const inert: GlobalTraits = {};
const plainClass: GlobalTraits = { create: (global, args) => new Instance(global, args) };
const dictClass: GlobalTraits = { create: (global, args) => new Instance(global, args, 'dict') };
/** A call that stays a call: its arguments are the data. */
const recorded: GlobalTraits = { call: (args, _, global) => new Instance(global, args) };
/** Units are calls too, and what BUILD gives them says only how they are printed. */
const unit: GlobalTraits = { ...recorded, ignoresState: true };

/** _reconstruct_quantity(Quantity, ndarray, (0,), 'b'): the array whose state ends with its dimensionality. */
function reconstructQuantity(args: readonly unknown[], context: ReduceContext): NumpyArray {
  if (args.length !== 4 || !(args[0] instanceof Global) || !(args[1] instanceof Global)) {
    return context.fail(`A Quantity was expected, found ${kindOf(args[0])}`);
  }
  requireEmptyShape(args[2], context);
  return new NumpyArray();
}

const named = (traits: GlobalTraits, ...names: string[]) => Object.fromEntries(names.map((name) => [name, traits]));

export const neoGlobals: GlobalTable = {
  'neo.core.block': named(plainClass, 'Block'),
  'neo.core.segment': named(plainClass, 'Segment'),
  'neo.core.group': named(plainClass, 'Group'),
  'neo.core.unit': named(plainClass, 'Unit'),
  'neo.core.channelindex': named(plainClass, 'ChannelIndex'),
  'neo.core.recordingchannel': named(plainClass, 'RecordingChannel'),
  'neo.core.recordingchannelgroup': named(plainClass, 'RecordingChannelGroup'),
  'neo.core.view': named(plainClass, 'ChannelView'),
  'neo.core.regionofinterest': named(
    plainClass,
    ...['RegionOfInterest', 'CircularRegionOfInterest', 'RectangularRegionOfInterest', 'PolygonRegionOfInterest'],
  ),
  'neo.core.spiketrainlist': named(plainClass, 'SpikeTrainList'),
  'neo.core.objectlist': named(plainClass, 'ObjectList'),
  'neo.core.spiketrain': { SpikeTrain: inert, _new_spiketrain: recorded },
  'neo.core.analogsignal': { AnalogSignal: inert, _new_AnalogSignalArray: recorded },
  'neo.core.analogsignalarray': { AnalogSignalArray: inert, _new_AnalogSignalArray: recorded },
  'neo.core.irregularlysampledsignal': { IrregularlySampledSignal: inert, _new_IrregularlySampledSignal: recorded },
  'neo.core.event': { Event: inert, _new_event: recorded },
  'neo.core.epoch': { Epoch: inert, _new_epoch: recorded },
  'neo.core.imagesequence': { ImageSequence: inert, _new_imagesequence: recorded },
  'neo.core.dataobject': { ArrayDict: dictClass, _normalize_array_annotations: inert },
  'quantities.quantity': { Quantity: inert, _reconstruct_quantity: { call: reconstructQuantity } },
  'quantities.uncertainquantity': named(inert, 'UncertainQuantity'),
  'quantities.dimensionality': named(dictClass, 'Dimensionality'),
  'quantities.unitquantity': named(
    unit,
    ...[
      'UnitQuantity',
      'IrreducibleUnit',
      'UnitMass',
      'UnitLength',
      'UnitTime',
      'UnitCurrent',
      'UnitLuminousIntensity',
    ],
    ...['UnitSubstance', 'UnitTemperature', 'UnitInformation', 'UnitCurrency', 'UnitAngle', 'CompoundUnit'],
    ...['Dimensionless', 'UnitConstant'],
  ),
};
