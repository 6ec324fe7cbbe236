/** What a loaded object says about where it came from. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Source } from '../core/options.js';
import { withoutSecrets } from '../core/report.js';

/**
 * The absolute path of a local source, the URL of a remote one without credentials: what every loader writes as
 * `metadata.source_file` (KiloSort: `source_folder`).
 */
export function sourceName(source: Source): string {
  const text = String(source);
  if (/^file:/i.test(text)) return fileURLToPath(text);
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text) ? withoutSecrets(text) : resolve(text);
}
