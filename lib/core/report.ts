/** The structured account that comes with every load. */
import { describe, OptionError } from './errors.js';
import type { LoadOptions } from './options.js';

/** One thing worth knowing about a load. `code` is stable and kebab-case. */
export interface Finding {
  code: string;
  severity: 'info' | 'warning';
  message: string;
  count?: number;
}

/** Structured account of a load. JSON-serialisable. */
export interface LoadReport {
  format: string;
  source: string;
  findings: Finding[];
  units: { kept: number; dropped: Record<string, number> };
  spikes: number;
  bytesRead: number;
  requests: number;
  elapsedMs: Record<string, number>;
}

export type OnWarning = NonNullable<LoadOptions['onWarning']>;

/** A finding of severity 'warning' also goes to `onWarning`, or to Node's own warnings where none is given. */
export function warn(finding: Finding, onWarning?: OnWarning): void {
  if (onWarning) onWarning(finding);
  else process.emitWarning(finding.message, { type: 'SpikeLabWarning', code: finding.code });
}

export function checkOnWarning(onWarning: unknown): OnWarning | undefined {
  if (onWarning === undefined || onWarning === null) return undefined;
  if (typeof onWarning !== 'function') throw new OptionError('onWarning', 'a function', onWarning);
  return onWarning as OnWarning;
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

  add(finding: Finding): void {
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
    const { format, source, findings, units, spikes, bytesRead, requests, elapsedMs } = this;
    return { format, source, findings, units, spikes, bytesRead, requests, elapsedMs };
  }
}

/** A URL without user, password, query and fragment: what may stand in an error, a log or a report. */
export function withoutSecrets(source: string): string {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) return source;
  return source.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/s, '');
}
