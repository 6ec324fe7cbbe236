/** Whether spike times look like the unit that they are said to be in. */
import type { CheckedTrains } from '../core/flat-trains.js';
import type { TimeUnit } from '../core/options.js';
import type { SourceContext } from '../io/context.js';
import { extentOf } from './span.js';

/** Mean rates per active unit that no recording has: far beyond what is usual (0.1 to 100 Hz). */
const fastestHz = 1000;
const hourMs = 3_600_000;
/**
 * The slowest, by how long the recording seems to last: minutes that become days when ms are read as seconds show the slip at a
 * rate that is possible in a short one.
 */
const slowest = [
  { beyondMs: 24 * hourMs, hz: 0.05 },
  { beyondMs: 2 * hourMs, hz: 0.01 },
  { beyondMs: 0, hz: 0.001 },
];
/** Spikes this many times later than the end of the traces were not counted in the unit of the traces. */
const farBeyond = 10;
/** Fewer spikes a unit than this say nothing about a rate. */
const enoughSpikes = 20;

/**
 * Times of a wrong unit are wrong by 1000 or by the sampling rate: the mean firing rate shows it. True where a warning was
 * given.
 */
export function noteImplausibleRate(trains: CheckedTrains, unit: TimeUnit, context: SourceContext): boolean {
  const extent = extentOf(trains);
  if (!extent || extent.last === extent.first) return false;
  let active = 0;
  for (let u = 0; u < trains.count; u++) if (trains.offsets[u + 1] > trains.offsets[u]) active++;
  const perUnit = trains.offsets[trains.count] / active;
  const spanMs = extent.last - extent.first;
  const rateHz = perUnit / (spanMs / 1000);
  const slowestHz = slowest.find(({ beyondMs }) => spanMs > beyondMs)?.hz ?? 0;
  if (perUnit < enoughSpikes || (rateHz >= slowestHz && rateHz <= fastestHz)) return false;
  const suspicion = rateHz < slowestHz ? 'a shorter unit (ms or samples)' : 'a longer unit (s)';
  const message = `the times, read as ${unit}, give ${rateHz.toPrecision(2)} spikes per second and unit: they look like ${suspicion}`;
  context.report.warning('implausible-unit', message);
  return true;
}

/** Times against the duration of the traces that the same file holds, where it holds any. */
export function noteBeyondSession(trains: CheckedTrains, seconds: number | undefined, { report }: SourceContext): void {
  const last = (extentOf(trains)?.last ?? 0) / 1000;
  if (seconds === undefined || !(seconds > 0) || last <= farBeyond * seconds) return;
  const message = `the times, read as s, go up to ${last} s, but the traces of the file last ${seconds} s: they look like a shorter unit (ms or samples)`;
  report.warning('implausible-unit', message);
}
