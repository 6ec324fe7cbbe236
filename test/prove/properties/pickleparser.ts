/**
 * Our pickles through pickleparser, an unpickler that was written by others for JavaScript. It is judged by what it reads rightly:
 * ints beyond 32 bits lose digits there and any key becomes text, so specs have neither.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser } from 'pickleparser';
import { exportSpikeDataToPickle } from 'spikelab';
import { expectSame } from '../compare.js';
import type { Property } from '../property.js';
import { drawSpikes, makeSpikes, type SpikesSpec } from '../spikes.js';

/** Calls and states of numpy's and SpikeLab's names, kept as they are. */
class Recorded {
  state: unknown;
  __setstate__(state: unknown): void {
    this.state = state;
  }
}

const names: Record<string, unknown> = {
  '_codecs.encode': (value: string) => new Uint8Array(Buffer.from(value, 'latin1')),
  'numpy.core.multiarray._reconstruct': () => new Recorded(),
  'numpy.ndarray': Recorded,
  'numpy.dtype': () => new Recorded(),
  'spikelab.spikedata.spikedata.SpikeData': Recorded,
};

/** The float64 array that a recorded state stands for. */
function timesOf(recorded: unknown): Float64Array {
  const bytes = Uint8Array.from((recorded as { state: unknown[] }).state[4] as Uint8Array);
  return new Float64Array(bytes.buffer);
}

const readRightly = [
  'float',
  'bool',
  'null',
  'ascii',
  'unicode',
  'long-text',
  'empty-text',
  'texts',
  'nested',
  'empty-list',
];

type Spec = { spikes: SpikesSpec; protocol: number };

const exported: Property<Spec> = {
  name: 'pickle/pickleparser',
  weight: 0.7,
  draw(random) {
    const spikes = drawSpikes(random, { maxSpikes: 100_000, maxUnits: 300 });
    const only = (kinds: string[]) => kinds.filter((kind) => readRightly.includes(kind));
    return {
      spikes: {
        ...spikes,
        ids: 'numbers',
        electrodes: 'none',
        attributes: only(spikes.attributes),
        metadata: only(spikes.metadata),
      },
      protocol: random.pick([2, 3, 4, 5]),
    };
  },
  async check({ spikes, protocol }, { folder, count }) {
    const sd = makeSpikes(spikes);
    const path = join(folder, 'sd.pkl');
    await exportSpikeDataToPickle(sd, path, { protocol: Math.max(2, protocol) as 2 | 3 | 4 | 5 });
    const resolve = (module: string, name: string) => names[`${module}.${name}`] as never;
    const parser = new Parser({ nameResolver: { resolve }, unpicklingTypeOfDictionary: 'Map' });
    const state = parser.parse<Recorded>(await readFile(path)).state as Map<string, unknown>;
    expectSame((state.get('train') as unknown[]).map(timesOf), [...sd.train], 'train in pickleparser');
    expectSame(asObjects(state.get('metadata')), sd.metadata, 'metadata in pickleparser');
    expectSame(asObjects(state.get('neuron_attributes')), sd.neuronAttributes, 'neuron_attributes in pickleparser');
    count('round trips', 'pickle → pickleparser');
  },
};

function asObjects(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, asObjects(item)]));
  return Array.isArray(value) ? value.map(asObjects) : value;
}

export const pickleparser = [exported];
