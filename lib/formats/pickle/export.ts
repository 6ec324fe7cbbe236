/** SpikeData as a pickle that Python's SpikeLab loads. */
import { open } from 'node:fs/promises';
import { OpcodeWriter, type PickleProtocol, ProtocolTooOld } from '../../containers/pickle/write-opcodes.js';
import { writeArray, writeValue } from '../../containers/pickle/write-values.js';
import { OptionError } from '../../core/errors.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames } from '../../core/options.js';
import { writeAtomically } from '../../io/atomic.js';
import { writeTo } from '../../io/s3/export.js';
import { SpikeData } from '../../spike-data/spike-data.js';

export interface PickleExportOptions extends LoadOptions {
  /** Default 4, which every supported Python reads; 2 and 3 for older ones. */
  protocol?: PickleProtocol;
}

const defaultProtocol = 4;

/**
 * Writes a pickle of `spikelab.spikedata.spikedata.SpikeData` with the attributes that class has. Typed arrays in metadata
 * and attributes become numpy arrays, whole numbers ints, dates ISO 8601 text. `path` may be an s3:// URL. The file, or
 * object, appears whole or not at all.
 *
 * @returns `path`
 * @throws OptionError, also for values that Python has no form of; NotFoundError; SpikeLabError (`ERR_WRITE`); RemoteError
 */
export async function exportSpikeDataToPickle(
  sd: SpikeData,
  path: string,
  options: PickleExportOptions = {},
): Promise<string> {
  if (!(sd instanceof SpikeData)) throw new OptionError('sd', 'a SpikeData', sd);
  options = knownOptions(options, { protocol: true, ...loadOptionNames }, 'exportSpikeDataToPickle');
  const protocol = options.protocol ?? defaultProtocol;
  if (![2, 3, 4, 5].includes(protocol)) throw new OptionError('protocol', '2, 3, 4 or 5', protocol);
  options.signal?.throwIfAborted();
  const write = (file: string) => writeFile(file, sd, protocol, options);
  await writeTo(path, options, (target) => writeAtomically(target, write, 'path', options.signal));
  return String(path);
}

async function writeFile(
  path: string,
  sd: SpikeData,
  protocol: PickleProtocol,
  { signal }: LoadOptions,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    const writer = new OpcodeWriter(protocol);
    for (const _ of writeSpikeData(writer, sd)) {
      signal?.throwIfAborted();
      for (const bytes of writer.drain()) await file.writeFile(bytes);
    }
    for (const bytes of writer.drain(true)) await file.writeFile(bytes);
  } catch (error) {
    if (error instanceof ProtocolTooOld) throw new OptionError('protocol', `4 or 5: ${error.message}`, protocol);
    throw error;
  } finally {
    await file.close();
  }
}

/** NEWOBJ and BUILD with the attributes in the order in which SpikeLab's __init__ sets them. */
function* writeSpikeData(writer: OpcodeWriter, sd: SpikeData): Generator<void> {
  writer.global('spikelab.spikedata.spikedata', 'SpikeData');
  writer.op(')');
  writer.bytes(0x81);
  writer.op('}(');
  writer.text('train');
  writer.op('](');
  for (const train of sd.train) yield* writeArray(writer, train, [train.length]);
  writer.op('e');
  writer.text('start_time');
  writer.float(sd.startTime);
  writer.text('length');
  writer.float(sd.length);
  writer.text('N');
  writer.int(sd.N);
  writer.text('raw_data');
  const raw = sd.rawData;
  if (raw) yield* writeValue(writer, raw, 'rawData');
  else yield* writeArray(writer, new Float64Array(), [0, 0]);
  writer.text('raw_time');
  yield* writeArray(writer, sd.rawTime ?? new Float64Array(), [sd.rawTime?.length ?? 0]);
  writer.text('metadata');
  yield* writeValue(writer, sd.metadata, 'metadata');
  writer.text('neuron_attributes');
  yield* writeValue(writer, sd.neuronAttributes, 'neuronAttributes');
  writer.op('ub.');
}
