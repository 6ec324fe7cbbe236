/** The reports that hang on loaded objects. */
import type { LoadReport, ReportBuilder } from '../report.js';
import type { SpikeData } from '../spike-data.js';

const reports = new WeakMap<SpikeData, LoadReport>();

export function reportOf(sd: SpikeData): LoadReport | null {
  return reports.get(sd) ?? null;
}

/** For isolated loads: hangs on the report that the child made. */
export function adoptReport(sd: SpikeData, report: LoadReport): SpikeData {
  reports.set(sd, report);
  return sd;
}

/** For loaders: hangs the finished report on the object. */
export function attachReport(sd: SpikeData, builder: ReportBuilder): SpikeData {
  builder.units.kept = sd.N;
  builder.spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  reports.set(sd, builder.finish());
  return sd;
}
