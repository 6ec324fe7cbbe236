/** The structured account that comes with every load. */
import { bounded, describe } from './errors.js';
import type { Finding, LoadReport, OnWarning } from './findings.js';

/** A finding of severity 'warning' also goes to `onWarning`, or to Node's own warnings where none is given. */
export function warn(finding: Finding, onWarning?: OnWarning): void {
  if (onWarning) onWarning(finding);
  else process.emitWarning(finding.message, { type: 'SpikeLabWarning', code: finding.code });
}

/** Collects what a loader finds while it reads. */
export class ReportBuilder implements LoadReport {
  readonly format: string;
  readonly source: string;
  readonly findings: Finding[] = [];
  readonly units = { kept: 0, dropped: {} as Record<string, number> };
  spikes = 0;
  bytesRead = 0;
  requests = 0;
  remote?: LoadReport['remote'];
  readonly elapsedMs: Record<string, number> = {};
  readonly #onWarning: OnWarning | undefined;

  constructor(format: string, source: unknown, onWarning?: OnWarning) {
    this.format = format;
    this.source =
      typeof source === 'string' || source instanceof URL ? withoutSecrets(String(source)) : describe(source);
    this.#onWarning = onWarning;
  }

  info(code: string, message: string, count?: number): void {
    this.add({ code, severity: 'info', message, ...(count === undefined ? {} : { count }) });
  }

  warning(code: string, message: string, count?: number): void {
    this.add({ code, severity: 'warning', message, ...(count === undefined ? {} : { count }) });
  }

  add(found: Finding): void {
    const finding = { ...found, message: bounded(found.message) };
    this.findings.push(finding);
    if (finding.severity === 'warning') warn(finding, this.#onWarning);
  }

  dropUnits(reason: string, count = 1): void {
    if (count > 0) this.units.dropped[reason] = (this.units.dropped[reason] ?? 0) + count;
  }

  /** Runs one stage of a load and notes how long it took. */
  async time<T>(stage: string, work: () => Promise<T> | T): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.elapsedMs[stage] = (this.elapsedMs[stage] ?? 0) + performance.now() - start;
    }
  }

  finish(): LoadReport {
    const { format, source, findings, units, spikes, bytesRead, requests, remote, elapsedMs } = this;
    const how = remote === undefined ? {} : { remote };
    return { format, source, findings, units, spikes, bytesRead, requests, ...how, elapsedMs };
  }
}

/** A URL without user, password, query and fragment: what may stand in an error, a log or a report. */
export function withoutSecrets(source: string): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) return source;
  return source.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '');
}
