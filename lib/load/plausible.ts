/** Whether spike times look like the unit that they are said to be in. */
import type { TimeUnit } from '../options.js';
import type { CheckedTrains } from '../spike-data/trains.js';
import type { LoadContext } from './context.js';
import { extentOf } from './span.js';

/** Mean rates per active unit that no recording has: a factor of 1000 beyond what is usual (0.1 to 100 Hz). */
const slowestHz = 0.001;
const fastestHz = 1000;
/** Fewer spikes a unit than this say nothing about a rate. */
const enoughSpikes = 20;

/** Times of a wrong unit are wrong by 1000 or by the sampling rate: the mean firing rate shows it. */
export function noteImplausibleRate(trains: CheckedTrains, unit: TimeUnit, context: LoadContext): void {
  const extent = extentOf(trains);
  if (!extent || extent.last === extent.first) return;
  let active = 0;
  for (let u = 0; u < trains.count; u++) if (trains.offsets[u + 1] > trains.offsets[u]) active++;
  const perUnit = trains.offsets[trains.count] / active;
  const rateHz = perUnit / ((extent.last - extent.first) / 1000);
  if (perUnit < enoughSpikes || (rateHz >= slowestHz && rateHz <= fastestHz)) return;
  const suspicion = rateHz < slowestHz ? 'a shorter unit (ms or samples)' : 'a longer unit (s)';
  const message = `the times, read as ${unit}, give ${rateHz.toPrecision(2)} spikes per second and unit: they look like ${suspicion}`;
  context.report.warning('implausible-unit', message);
}
