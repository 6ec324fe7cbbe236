/** Random SpikeData: a small spec that says its sizes and kinds, and the SpikeData that its seed makes of it. */
import { type NeuronAttributes, SpikeData } from 'spikelab';
import type { Random } from './random.js';
import { Random as Generator } from './random.js';
import { drawValue, plainKinds, richKinds, unicode, type ValueKind } from './values.js';

export type SpikesSpec = {
  seed: number;
  units: number;
  spikes: number;
  /** Percent of the units that have no spikes. */
  emptyPercent: number;
  lengthMs: number;
  startMs: number;
  /** Times on the grid of this rate; 0: anywhere. */
  fsHz: number;
  /** Percent of the spikes that repeat the time of the one before. */
  repeatPercent: number;
  ids: string;
  electrodes: string;
  places: number;
  attributes: string[];
  metadata: string[];
  /** Longest list or text among the values. */
  longest: number;
  raw: { channels: number; samples: number; type: string } | null;
};

const idKinds = ['none', 'numbers', 'shuffled', 'large', 'texts', 'unicode', 'repeated', 'mixed', 'negative'];
const electrodeKinds = ['none', 'none', 'numbers', 'sparse', 'repeated', 'texts', 'some'];
export const rates = [1000, 10000, 12500, 20000, 24414.0625, 25000, 29999.762343, 30000, 30000.5, 32000, 48000];

export interface Bounds {
  maxSpikes?: number;
  maxUnits?: number;
  /** Values that only a pickle keeps. */
  rich?: boolean;
  raw?: boolean;
  negativeStart?: boolean;
}

export function drawSpikes(random: Random, bounds: Bounds = {}): SpikesSpec {
  const { maxSpikes = 5e6, maxUnits = 3000, rich = false, raw = false, negativeStart = true } = bounds;
  const kinds: readonly string[] = rich ? [...plainKinds, ...richKinds, ...richKinds] : plainKinds;
  const start = random.pick([0, 0, 0, random.between(0, 1e5), negativeStart ? -random.between(0, 1e4) : 0, 1e7]);
  return {
    seed: random.seed(),
    units: random.size(maxUnits),
    spikes: random.mostlySmall(maxSpikes),
    emptyPercent: random.pick([0, 0, 20, 50, 90, 100]),
    lengthMs: random.pick([1, 1000, 60_000, 3_600_000, 86_400_000]),
    startMs: start,
    fsHz: random.chance(0.6) ? random.pick(rates) : 0,
    repeatPercent: random.pick([0, 0, 5, 100]),
    ids: random.pick(idKinds),
    electrodes: random.pick(electrodeKinds),
    places: random.pick([0, 0, 2, 3]),
    attributes: random.some(kinds, random.pick([0, 0.2, 0.6])),
    metadata: random.some(kinds, random.pick([0, 0.2, 0.6])),
    longest: random.size(rich ? 100_000 : 2000),
    raw:
      raw && random.chance(0.3)
        ? {
            channels: random.int(1, 40),
            samples: random.size(100_000),
            type: random.pick(['Int16Array', 'Float32Array', 'Float64Array']),
          }
        : null,
  };
}

export function makeTrains(spec: SpikesSpec): Float64Array[] {
  const random = new Generator(spec.seed);
  const filled = Array.from({ length: spec.units }, () => random.int(1, 100) > spec.emptyPercent);
  const weights = filled.map((yes) => (yes ? random.real() ** 3 + 1e-3 : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => makeTrain(random, total ? Math.round((spec.spikes * weight) / total) : 0, spec));
}

function makeTrain(
  random: Generator,
  count: number,
  { lengthMs, startMs, fsHz, repeatPercent }: SpikesSpec,
): Float64Array {
  const train = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const time = startMs + (lengthMs * (i + random.real())) / count;
    const again = i > 0 && repeatPercent > 0 && random.int(1, 100) <= repeatPercent;
    // onto the grid from above the start, so that none lies before it
    const onGrid = fsHz ? (Math.ceil((time * fsHz) / 1000) * 1000) / fsHz : time;
    train[i] = again ? train[i - 1] : Math.max(onGrid, i > 0 ? train[i - 1] : startMs);
  }
  return train;
}

export function makeSpikes(spec: SpikesSpec): SpikeData {
  const trains = makeTrains(spec);
  const random = new Generator(spec.seed + 1);
  const last = trains.reduce(
    (end, train) => (train.length ? Math.max(end, train[train.length - 1]) : end),
    spec.startMs,
  );
  const attributes = makeAttributes(random, spec);
  const raw = spec.raw && spec.raw.samples > 0 ? makeRaw(random, spec.raw) : {};
  const metadata: Record<string, unknown> = {};
  for (const [i, kind] of spec.metadata.entries()) {
    metadata[i % 4 === 3 ? `${kind} ☃ ${i}` : `${kind}_${i}`] = drawValue(random, kind as ValueKind, spec.longest);
  }
  return new SpikeData(trains, {
    ...raw,
    metadata,
    startTime: spec.startMs,
    length: random.chance(0.5) ? undefined : last - spec.startMs + random.between(0, 100),
    neuronAttributes: attributes,
  });
}

function makeRaw(random: Generator, { channels, samples, type }: NonNullable<SpikesSpec['raw']>) {
  const count = Math.max(1, channels) * samples;
  const Type = ({ Int16Array, Float32Array }[type] ?? Float64Array) as unknown as typeof Float64Array;
  const data = Type.from({ length: count }, () => random.int(-2000, 2000));
  return { rawData: { data, shape: [Math.max(1, channels), samples] }, rawTime: random.pick([1, 20, 30]) };
}

function makeAttributes(random: Generator, spec: SpikesSpec): NeuronAttributes[] | null {
  if (spec.ids === 'none' && spec.electrodes === 'none' && !spec.places && !spec.attributes.length) return null;
  // many long values for many units would only take time
  const longest = Math.max(1, Math.min(spec.longest, Math.floor(200_000 / Math.max(1, spec.units))));
  return Array.from({ length: spec.units }, (_, unit) => {
    const attributes: NeuronAttributes = {};
    const id = drawId(random, spec.ids, unit);
    if (id !== undefined) attributes.unit_id = id;
    const electrode = drawElectrode(random, spec.electrodes, unit);
    if (electrode !== undefined) attributes.electrode = electrode;
    if (spec.places) attributes.location = Array.from({ length: spec.places }, () => random.int(-500, 4000) / 2);
    for (const [i, kind] of spec.attributes.entries()) {
      attributes[i % 5 === 4 ? `${kind} ü ${i}` : `${kind}_${i}`] = drawValue(random, kind as ValueKind, longest);
    }
    return attributes;
  });
}

function drawId(random: Generator, kind: string, unit: number): number | string | undefined {
  switch (kind) {
    case 'numbers':
      return unit;
    case 'shuffled':
      return (unit * 7919 + 13) % 100_003;
    case 'large':
      return 2 ** 40 + unit * 3;
    case 'texts':
      return `#${unit}`;
    case 'unicode':
      return `${unicode(random, 3)}${unit}`;
    case 'repeated':
      return Math.floor(unit / 3);
    case 'mixed':
      return unit % 2 ? `u${unit}` : unit;
    case 'negative':
      return -unit - 1;
    default:
      return undefined;
  }
}

function drawElectrode(random: Generator, kind: string, unit: number): number | string | undefined {
  switch (kind) {
    case 'numbers':
      return unit;
    case 'sparse':
      return (unit * 31 + 5) % 200_003;
    case 'repeated':
      return Math.floor(unit / 4);
    case 'texts':
      return `AP${unit % 384}`;
    case 'some':
      return random.chance(0.5) ? unit : undefined;
    default:
      return undefined;
  }
}
