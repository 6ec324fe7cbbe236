/** What one load may use. */
/** What one load may use. All are totals for the load, in bytes or counts of decoded data. */
export interface Limits {
  maxFileBytes: number;
  maxArrayBytes: number;
  maxUnits: number;
  maxSpikes: number;
  maxDepth: number;
}

export const defaultLimits: Readonly<Limits> = {
  maxFileBytes: 2 ** 42,
  maxArrayBytes: 2 ** 36,
  maxUnits: 1_000_000,
  maxSpikes: 4_000_000_000,
  maxDepth: 100,
};
