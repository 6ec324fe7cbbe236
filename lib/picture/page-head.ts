/** What the head of a page of spikes says; written by page-data.ts and read by the code in page/. */

export interface PageUnit {
  /** Name in the source: a unit_id or electrode, else the row. */
  readonly id: string;
  readonly spikes: number;
  readonly rateHz: number;
  /** Of the intervals below 1.5 ms, from 0 to 1; null without intervals. */
  readonly short: number | null;
  /** µm; null where the source has no place. */
  readonly place: readonly [x: number, y: number] | null;
  readonly noise: number | null;
  readonly thresholds: readonly number[];
  /** An amplitude is this times the stored whole number; null where there are none. */
  readonly amplitudeStep: number | null;
}

export interface PageTraces {
  /** Rows of the units, in the order of the blob. */
  readonly rows: readonly number[];
  readonly fromMs: number;
  readonly fsHz: number;
  readonly samples: number;
  /** A sample is this times the stored whole number, one a row. */
  readonly steps: readonly number[];
}

export interface PageHead {
  readonly title: string;
  readonly subtitle: string;
  readonly rowName: string;
  readonly startMs: number;
  readonly lengthMs: number;
  /** Of amplitudes, noise and traces. */
  readonly unit: string;
  /** Times in the page are whole multiples of this behind startMs. */
  readonly quantumMs: number;
  readonly units: readonly PageUnit[];
  /** Of the counts: rows × bins, and bytes of each count. */
  readonly bins: number;
  readonly countBytes: 1 | 2;
  readonly chunks: number;
  readonly traces: PageTraces | null;
}
