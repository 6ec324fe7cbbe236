/** What a file may have: where such a part cannot be read, the rest of it is still worth having. */
import { FormatError, NotFoundError, UnsupportedError } from './errors.js';
import type { ReportBuilder } from './report.js';

/** For `catch`, where the caller tells what was left out. */
export function nullIfDamaged(error: unknown): null {
  if (error instanceof FormatError) return null;
  throw error;
}

/**
 * The item, or `missing` (undefined where none is given) and a warning `part-unreadable` that says what could not be read and why.
 * Only for what a load is whole without (names, places, gains, the start of a clock): limits, an abort and the failures of the
 * machine are thrown as ever.
 */
export async function readOptional<T>(
  report: ReportBuilder,
  what: string,
  read: () => Promise<T>,
): Promise<T | undefined>;
export async function readOptional<T>(
  report: ReportBuilder,
  what: string,
  read: () => Promise<T>,
  missing: T,
): Promise<T>;
export async function readOptional<T>(
  report: ReportBuilder,
  what: string,
  read: () => Promise<T>,
  missing?: T,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const known = error instanceof FormatError || error instanceof UnsupportedError || error instanceof NotFoundError;
    if (!known) throw error;
    report.warning('part-unreadable', `${what} cannot be read and is left out: ${error.message}`);
    return missing;
  }
}
