/** The reports that hang on loaded objects. */
import type { LoadReport } from '../core/findings.js';
import type { ReportBuilder } from '../core/report.js';

/** What a report needs of the SpikeData that it hangs on. */
interface Reported {
  readonly N: number;
  readonly train: readonly Float64Array[];
}

const reports = new WeakMap<object, LoadReport>();

export function reportOf(sd: object): LoadReport | null {
  return reports.get(sd) ?? null;
}

/** For isolated loads: hangs on the report that the child made. */
export function adoptReport<T extends Reported>(sd: T, report: LoadReport): T {
  reports.set(sd, report);
  return sd;
}

/** For loaders: hangs the finished report on the object. */
export function attachReport<T extends Reported>(sd: T, builder: ReportBuilder): T {
  builder.units.kept = sd.N;
  builder.spikes = sd.train.reduce((sum, train) => sum + train.length, 0);
  reports.set(sd, builder.finish());
  return sd;
}
