/** Windows around spikes: how long, of which spikes, on which channels. */
import type { SnippetRequest } from '../addon/contract.js';
import { boolean, finite, integer, nonNegative } from '../core/checks.js';
import { OptionError } from '../core/errors.js';
import { knownOptions, type OptionNames } from '../core/known-options.js';
import { roundHalfEven } from './blank.js';
import { type Channels, neighboursWithin, rowsOf } from './channel-options.js';

export interface SnippetOptions {
  /** Defaults 1 and 2, as SpikeLab's get_waveform_traces. */
  beforeMs?: number;
  afterMs?: number;
  /** own (default): the unit's channel; all; or rows of each unit. neighbours: with radiusUm around the unit's channel. */
  channels?: 'own' | 'all' | 'neighbours' | readonly (readonly number[])[];
  /** Default 50. */
  radiusUm?: number;
  /** false: averages only, in bounded memory, of any number of spikes. Default true. */
  keep?: boolean;
  /** At most so many a unit are kept and averaged, evenly spaced over its train. Default all. */
  maxPerUnit?: number;
}

export const snippetNames: OptionNames<SnippetOptions> = {
  beforeMs: true,
  afterMs: true,
  channels: true,
  radiusUm: true,
  keep: true,
  maxPerUnit: true,
};

/** Spikes of a unit: samples in rising order, and the row of its channel where that is known. */
export interface UnitSpikes {
  samples: ArrayLike<number>;
  channel: number | undefined;
}

export interface SnippetPlan {
  before: number;
  after: number;
  keep: boolean;
  units: SnippetRequest[];
  /** Of each unit: which of its spikes. */
  spikes: Uint32Array[];
}

/** @param options of the snippets, as the user gave them. @throws OptionError */
export function planSnippets(
  options: SnippetOptions,
  units: readonly UnitSpikes[],
  traces: { samples: number; fsHz: number },
  channels: Channels,
  option = '',
): SnippetPlan {
  const given = knownOptions(options, snippetNames, 'snippets', option || 'options');
  const prefix = option ? `${option}.` : '';
  const size = (ms: unknown, name: string) =>
    roundHalfEven(finite(nonNegative(ms, `${prefix}${name}`), `${prefix}${name}`) * (traces.fsHz / 1000));
  const before = size(given.beforeMs ?? 1, 'beforeMs');
  const after = size(given.afterMs ?? 2, 'afterMs');
  if (before + after < 1) throw new OptionError(`${prefix}afterMs`, 'such that a window has a sample', given.afterMs);
  const most = integer(given.maxPerUnit ?? Number.MAX_SAFE_INTEGER, `${prefix}maxPerUnit`, 1);
  const rows = channelsOf(given, units, channels, prefix);
  const spikes = units.map(({ samples }) => spread(inside(samples, before, after, traces.samples), most));
  return {
    before,
    after,
    keep: boolean(given.keep ?? true, `${prefix}keep`),
    units: units.map(({ samples }, u) => ({
      channels: rows[u],
      starts: startsOf(samples, spikes[u], before),
    })),
    spikes,
  };
}

/** Those with their whole window in the recording. */
function inside(samples: ArrayLike<number>, before: number, after: number, end: number): Uint32Array {
  const found = new Uint32Array(samples.length);
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] - before >= 0 && samples[i] + after <= end) found[count++] = i;
  }
  return found.slice(0, count);
}

/** At most so many, evenly spaced. */
function spread(spikes: Uint32Array, most: number): Uint32Array {
  if (spikes.length <= most) return spikes;
  return Uint32Array.from({ length: most }, (_, i) => spikes[Math.floor((i * spikes.length) / most)]);
}

function startsOf(samples: ArrayLike<number>, spikes: Uint32Array, before: number): Float64Array {
  const starts = new Float64Array(spikes.length);
  for (let i = 0; i < spikes.length; i++) starts[i] = samples[spikes[i]] - before;
  return starts;
}

/** A unit for each channel, with the samples of its peaks, in their order. */
export function unitsOfPeaks(
  samples: ArrayLike<number>,
  channels: ArrayLike<number>,
  count: number,
): { samples: Float64Array; channel: number }[] {
  const sizes = new Uint32Array(count);
  for (let i = 0; i < channels.length; i++) sizes[channels[i]]++;
  const units = Array.from(sizes, (size, channel) => ({ samples: new Float64Array(size), channel }));
  sizes.fill(0);
  for (let i = 0; i < channels.length; i++) {
    const c = channels[i];
    units[c].samples[sizes[c]++] = samples[i];
  }
  return units;
}

function channelsOf(
  given: SnippetOptions,
  units: readonly UnitSpikes[],
  channels: Channels,
  prefix: string,
): Uint32Array[] {
  const { channels: wanted = 'own', radiusUm } = given;
  const option = `${prefix}channels`;
  if (wanted !== 'neighbours' && radiusUm !== undefined) {
    throw new OptionError(`${prefix}radiusUm`, "given only with channels 'neighbours'", radiusUm);
  }
  if (wanted === 'all') {
    const all = Uint32Array.from({ length: channels.count }, (_, c) => c);
    return units.map(() => all);
  }
  if (Array.isArray(wanted)) {
    if (wanted.length !== units.length) {
      throw new OptionError(option, `one list of rows a unit (${units.length})`, `${wanted.length} lists`);
    }
    return wanted.map((rows, u) => rowsOf(rows, channels.count, `${option}[${u}]`));
  }
  if (wanted !== 'own' && wanted !== 'neighbours') {
    throw new OptionError(option, "'own', 'all', 'neighbours' or rows of each unit", wanted);
  }
  const own = units.map(({ channel }, u) => {
    if (Number.isInteger(channel) && (channel as number) >= 0 && (channel as number) < channels.count)
      return channel as number;
    const expected = `'all' or rows of each unit where units do not say their row of the traces (neuronAttributes[${u}].channel)`;
    throw new OptionError(option, expected, wanted);
  });
  if (wanted === 'own') return own.map((c) => Uint32Array.of(c));
  const near = neighboursWithin(
    channels,
    finite(nonNegative(radiusUm ?? 50, `${prefix}radiusUm`), `${prefix}radiusUm`),
    `${prefix}radiusUm`,
  );
  return own.map((c) => near[c]);
}
