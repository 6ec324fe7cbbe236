/** params.py of a KiloSort or Phy folder: Python by its name, read here as text and never run. */

import type { ReportBuilder } from '../../core/report.js';
import type { SourceFolder } from '../../io/context.js';
import { folderBytes } from '../../io/small-files.js';

/** A params.py has six lines. */
const maxParamsBytes = 2 ** 20;
/** KiloSort 1 to 3 print rates with 7 digits. */
const tolerance = 1e-6;

/** A finding where the folder's own sample rate is not the one that the user gave. */
export async function compareSampleRate(folder: SourceFolder, fsHz: number, report: ReportBuilder): Promise<void> {
  if (!(await folder.has('params.py'))) return;
  const bytes = await folderBytes(folder, 'params.py', maxParamsBytes);
  const found = sampleRateIn(Buffer.from(bytes).toString('utf8'));
  if (found === undefined || Math.abs(found - fsHz) <= tolerance * fsHz) return;
  const message = `fsHz is ${fsHz}, but params.py says sample_rate = ${found}: all times are scaled by it`;
  report.warning('sample-rate-differs', message);
}

/** The value of the last assignment to sample_rate that is a plain number. */
export function sampleRateIn(text: string): number | undefined {
  const assignments = [...text.matchAll(/^[ \t]*sample_rate[ \t]*=[ \t]*([\d.]+(?:e[+-]?\d+)?)[ \t]*(?:#.*)?\r?$/gim)];
  const value = Number(assignments.at(-1)?.[1]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
