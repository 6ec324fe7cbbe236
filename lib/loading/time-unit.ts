/** The unit of times that a file writes beside them. */
import type { TimeUnit } from '../core/options.js';

/** By the attribute `unit` or `units`; undefined where nothing is said, or nothing that is understood. */
export function timeUnitOf(attributes: Record<string, unknown>): TimeUnit | undefined {
  const value = attributes.unit ?? attributes.units;
  const [word] = Array.isArray(value) ? value : [value];
  if (typeof word !== 'string') return undefined;
  if (/^(s|secs?|seconds?)$/i.test(word)) return 's';
  if (/^(ms|msecs?|milliseconds?)$/i.test(word)) return 'ms';
  return /^(samples?|frames?)$/i.test(word) ? 'samples' : undefined;
}
