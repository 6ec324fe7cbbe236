/** What loaders notice, and the account of a load. */

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
  /** How a remote source was read; absent where it was local. */
  remote?: 'ranges' | 'download';
  elapsedMs: Record<string, number>;
}

export type OnWarning = (finding: Finding) => void;
