/** Intervals between the spikes of a unit, counted on a logarithmic axis. */

/** Shorter ones are hardly of one neuron: the share of them is a measure of what a unit is mixed with. */
export const refractoryMs = 1.5;

interface IsiHistogram {
  /** Bins + 1 edges in ms, evenly spaced in the logarithm. */
  readonly edgesMs: Float64Array;
  readonly counts: Uint32Array;
  readonly intervals: number;
  /** Intervals of 0 ms have no place on the axis. */
  readonly zeros: number;
}

/** Of all trains together, `perDecade` bins from one power of ten to another, so that 1 ms is always an edge. */
export function isiHistogram(trains: readonly ArrayLike<number>[], perDecade = 20): IsiHistogram {
  let [shortest, longest, intervals, zeros] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  eachInterval(trains, (isi) => {
    intervals++;
    if (isi === 0) zeros++;
    else shortest = Math.min(shortest, isi);
    longest = Math.max(longest, isi);
  });
  const from = Math.min(0, Number.isFinite(shortest) ? Math.floor(Math.log10(shortest) + 1e-9) : 0);
  const to = Math.max(1, Math.ceil(longest > 0 ? Math.log10(longest) : 1), from + 1);
  const bins = (to - from) * perDecade;
  const edgesMs = Float64Array.from({ length: bins + 1 }, (_, i) => 10 ** (from + i / perDecade));
  const counts = new Uint32Array(bins);
  eachInterval(trains, (isi) => {
    if (isi > 0) counts[Math.max(0, Math.min(bins - 1, Math.floor((Math.log10(isi) - from) * perDecade + 1e-9)))]++;
  });
  return { edgesMs, counts, intervals, zeros };
}

/** Share of a train's intervals below `limitMs`, from 0 to 1; NaN where there are none. */
export function shareBelow(train: ArrayLike<number>, limitMs = refractoryMs): number {
  let below = 0;
  eachInterval([train], (isi) => {
    if (isi < limitMs) below++;
  });
  return below / Math.max(train.length - 1, 0);
}

function eachInterval(trains: readonly ArrayLike<number>[], visit: (isiMs: number) => void): void {
  for (const train of trains) for (let i = 1; i < train.length; i++) visit(train[i] - train[i - 1]);
}
