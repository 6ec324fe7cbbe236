/** Neo's blocks, segments and spike trains as PickleIO pickles them, in the layouts of neo 0.5 to 0.14. */

import {
  asText,
  Dict,
  Instance,
  kindOf,
  NumpyArray,
  numericArray,
  type PlainConverter,
  type ScannedPickle,
  Tuple,
  withPickleFile,
} from '../../containers/pickle/pickle.js';
import { FormatError } from '../../core/errors.js';
import type { SourceContext } from '../../io/context.js';
import { type NeoIndices, type NeoSegment, type NeoTrain, pick } from './train.js';
import { ownScale, timeMs, timeScale } from './units.js';

export async function readPickledNeo(path: string, wanted: NeoIndices, context: SourceContext): Promise<NeoSegment> {
  const { limits, signal, report } = context;
  return withPickleFile(path, { limits, signal }, async (pickle) => {
    await pickle.readRest(undefined, signal);
    report.bytesRead += pickle.input.source.size;
    return new PickledNeo(pickle, path, context).segment(wanted);
  });
}

class PickledNeo {
  readonly #root: unknown;
  readonly #converter: PlainConverter;

  constructor(
    pickle: ScannedPickle,
    private readonly path: string,
    private readonly context: SourceContext,
  ) {
    this.#root = pickle.root;
    this.#converter = pickle.converter();
  }

  segment(wanted: NeoIndices): NeoSegment {
    const root = this.#root;
    const listed = sequence(root);
    const blocks = listed?.length && listed.every((item) => isInstance(item, 'Block')) ? listed : [root];
    const block = pick('block', blocks, wanted.block, this.path, this.context);
    if (isInstance(block, 'Block')) {
      const segments = this.#children(block, 'segments');
      const picked = pick('segment', segments, wanted.segment, this.path, this.context);
      if (!isInstance(picked, 'Segment')) return this.#fail('segments', 'Segments', picked);
      return { trains: this.#trainsOf(picked), metadata: { ...this.#described(block), ...this.#described(picked) } };
    }
    pick('segment', [root], wanted.segment, this.path, this.context);
    if (isInstance(root, 'Segment')) return { trains: this.#trainsOf(root), metadata: this.#described(root) };
    const items = isInstance(root, '_new_spiketrain') ? [root] : sequence(root);
    if (!items?.length) return this.#fail('the pickle', 'a Neo Block, Segment or SpikeTrain', root);
    return { trains: items.map((item, i) => this.#train(item, `[${i}]`)), metadata: {} };
  }

  /** Neo 0.12 put an underscore before the names of its lists, and the lists into ObjectLists. */
  #children(parent: Instance, name: string): readonly unknown[] {
    const value = parent.state.get(name) ?? parent.state.get(`_${name}`);
    const items = sequence(value instanceof Instance ? value.state.get('_items') : value);
    return items ?? this.#fail(`${parent.of.name}.${name}`, 'a list', value);
  }

  #trainsOf(segment: Instance): NeoTrain[] {
    const list = segment.state.get('spiketrains') ?? segment.state.get('_spiketrains');
    if (isInstance(list, 'SpikeTrainList') && sequence(list.state.get('_items')) === null)
      return this.#multiplexed(list);
    return this.#children(segment, 'spiketrains').map((item, i) => this.#train(item, `spiketrains[${i}]`));
  }

  /** _new_spiketrain(class, times, t_stop, units, dtype, copy, sampling_rate, t_start, waveforms, left_sweep, name, …). */
  #train(value: unknown, what: string): NeoTrain {
    if (!isInstance(value, '_new_spiketrain') || value.args.length < 11) return this.#fail(what, 'a SpikeTrain', value);
    const { args } = value;
    const { path } = this;
    const named = args[10];
    // array annotations came before the annotations in neo 0.7
    const annotations = args.length >= 17 ? args[14] : args[13];
    return {
      times: this.#times(args[1], args[3] ?? args[1], what),
      startMs: timeMs(args[7], `${what}.t_start`, path),
      stopMs: timeMs(args[2], `${what}.t_stop`, path),
      name: asText(named),
      annotations: this.#annotations(annotations, what),
    };
  }

  #times(values: unknown, units: unknown, what: string): Float64Array {
    const array = values instanceof NumpyArray && values.shape.length === 1 ? values : null;
    const kind = array?.dtype?.kind ?? 'f';
    const numbers = array && 'iuf'.includes(kind) ? numericArray(array) : null;
    if (!numbers) return this.#fail(`${what}.times`, 'a 1-D array of numbers', values);
    const own = units === values && values instanceof NumpyArray;
    const { multiply, divide } = own
      ? ownScale(values, `${what}.times`, this.path)
      : timeScale(units, `${what}.units`, this.path);
    return Float64Array.from(numbers as Float64Array, (time) => (Number(time) * multiply) / divide);
  }

  /** All trains in one array of times and one of channels. */
  #multiplexed(list: Instance): NeoTrain[] {
    const [times, channels, ids] = ['_spike_time_array', '_channel_id_array', '_all_channel_ids'].map((name) =>
      list.state.get(name),
    );
    if (times === null || times === undefined) return [];
    const ms = this.#times(times, times, 'spiketrains');
    const of = channels instanceof NumpyArray ? numericArray(channels) : null;
    const all = ids instanceof NumpyArray ? numericArray(ids) : sequence(ids);
    if (!of || !all || of.length !== ms.length) return this.#fail('spiketrains', 'one channel a spike', channels);
    const shared = list.state.get('_spiketrain_metadata');
    const edge = (name: string) =>
      shared instanceof Dict ? timeMs(shared.get(name), `spiketrains.${name}`, this.path) : undefined;
    const byChannel = new Map<number, number[]>(Array.from(all as ArrayLike<number>, (id) => [Number(id), []]));
    for (let i = 0; i < ms.length; i++) byChannel.get(Number(of[i]))?.push(ms[i]);
    return [...byChannel].map(([id, train]) => ({
      times: Float64Array.from(train),
      startMs: edge('t_start'),
      stopMs: edge('t_stop'),
      name: undefined,
      annotations: { channel_id: id },
    }));
  }

  #annotations(value: unknown, what: string): Record<string, unknown> {
    if (!(value instanceof Dict)) return {};
    const plain = this.#converter.convert(value, `${what}.annotations`);
    return plain instanceof Map ? {} : (plain as Record<string, unknown>);
  }

  #described(container: Instance): Record<string, unknown> {
    const { state } = container;
    const texts = ['name', 'description', 'file_origin'].flatMap((key) => {
      const text = asText(state.get(key));
      return text ? [[`${container.of.name.toLowerCase()}_${key}`, text]] : [];
    });
    return { ...this.#annotations(state.get('annotations'), container.of.name), ...Object.fromEntries(texts) };
  }

  #fail(what: string, expected: string, found: unknown): never {
    const { path } = this;
    throw new FormatError(`${what} in ${path} must be ${expected}, found ${kindOf(found ?? null)}`, {
      path,
      location: what,
    });
  }
}

function isInstance(value: unknown, name: string): value is Instance {
  return value instanceof Instance && value.of.name === name && value.of.module.startsWith('neo.');
}

function sequence(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  return value instanceof Tuple ? value.items : null;
}
