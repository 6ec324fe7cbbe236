/** Why an item failed: whether its input is to be mended, whether it may succeed another time, or whether this is our fault. */
import { IsolationError, RemoteError, SpikeLabError } from '../core/errors.js';
import { withoutSecrets } from '../core/report.js';

export interface Failure {
  readonly status: 'bad-input' | 'temporary' | 'bug';
  readonly error: { code: string; message: string };
  /** How long a server asks to wait. */
  readonly retryAfterMs?: number;
}

/** What the system says when it lacks something now: space, memory, handles, a server that does not answer. */
const lacking = new Set([
  ...['ENOSPC', 'EDQUOT', 'EIO', 'ESTALE', 'EAGAIN', 'EBUSY', 'EMFILE', 'ENFILE', 'ENOMEM', 'EINTR', 'ENOLCK'],
  ...['ETIMEDOUT', 'ECONNRESET', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'EAI_AGAIN', 'EREMOTEIO'],
  ...['EROFS', 'ETXTBSY'],
]);

/** What it says of a path that is not what the item says. */
const wrong = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

export function classify(error: unknown): Failure {
  const code = codeOf(error);
  const message = withoutSecrets(error instanceof Error ? error.message : String(error));
  const status = statusOf(error);
  const retryAfterMs = error instanceof RemoteError ? error.retryAfterMs : undefined;
  return { status, error: { code, message }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function statusOf(error: unknown): Failure['status'] {
  const system = systemCode(error);
  if (system !== null && lacking.has(system)) return 'temporary';
  if (error instanceof RemoteError) return error.retryable ? 'temporary' : 'bad-input';
  if (error instanceof IsolationError) return error.reason === 'timeout' ? 'temporary' : 'bad-input';
  if (error instanceof SpikeLabError) {
    // a target that cannot be written says nothing of the source
    if (error.code === 'ERR_WRITE') return 'temporary';
    return error.code === 'ERR_INTERNAL' || error.code === 'ERR_ADDON_LOAD' ? 'bug' : 'bad-input';
  }
  return system !== null && wrong.has(system) ? 'bad-input' : 'bug';
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'Error';
}

/** The system's own word for it, of the error or of what caused it; some of ours have it in their text only. */
function systemCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) && !code.startsWith('ERR_')) return code;
    const told = /\((E[A-Z0-9]{2,})\)/.exec(at.message)?.[1];
    if (told) return told;
  }
  return null;
}
