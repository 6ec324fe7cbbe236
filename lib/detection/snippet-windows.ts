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
      starts: Float64Array.from(spikes[u], (i) => samples[i] - before),
    })),
    spikes,
  };
}

/** Those with their whole window in the recording. */
function inside(samples: ArrayLike<number>, before: number, after: number, end: number): number[] {
  return Array.from(samples, (_, i) => i).filter((i) => samples[i] - before >= 0 && samples[i] + after <= end);
}

/** At most so many, evenly spaced. */
function spread(spikes: number[], most: number): Uint32Array {
  if (spikes.length <= most) return Uint32Array.from(spikes);
  return Uint32Array.from({ length: most }, (_, i) => spikes[Math.floor((i * spikes.length) / most)]);
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
