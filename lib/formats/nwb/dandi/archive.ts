/** The DANDI archive's API: which server, with which token, and the pages of its lists. */
import { text } from '../../../core/checks.js';
import { NotFoundError, OptionError, RemoteError } from '../../../core/errors.js';
import type { OptionNames } from '../../../core/known-options.js';
import { type LoadOptions, loadOptionNames } from '../../../core/options.js';
import { HttpClient } from '../../../io/http/client.js';
import type { Transfer } from '../../../io/transfer.js';

export interface DandiOptions extends LoadOptions {
  /** Six digits; `DANDI:` may stand before them. */
  dandisetId?: string;
  /** `draft` (the default) or the number of a published version. */
  version?: string;
  /** Default: DANDI_API_KEY, else DANDI_API_TOKEN, of the environment. Shown to the API alone. */
  apiToken?: string;
  /** Default: https://api.dandiarchive.org/api. */
  apiBase?: string;
  /** Folder in which downloaded files are kept, below their path in the dandiset. Default: a temporary one. */
  downloadDir?: string;
}

export const dandiOptionNames: OptionNames<DandiOptions> = {
  dandisetId: true,
  version: true,
  apiToken: true,
  apiBase: true,
  downloadDir: true,
  ...loadOptionNames,
};

const publicApi = 'https://api.dandiarchive.org/api';
const sandboxHost = 'api.sandbox.dandiarchive.org';

export type Json = Record<string, unknown>;

export class Archive {
  readonly http: HttpClient;

  /** `base` is where the user, or the default, says the API is: the token goes nowhere else. */
  constructor(
    readonly base: string,
    token: string | null,
    transfer: Transfer,
  ) {
    const { origin } = new URL(base);
    this.http = new HttpClient(transfer, token === null ? null : { origin, authorization: () => `token ${token}` });
  }

  /** One JSON record; `path` starts with a slash and, as the API wants it, ends with one. */
  async get(path: string): Promise<Json> {
    return this.#record(`${this.base}${path}`);
  }

  /** The entries of a list, page after page, each page asked for when it is needed. */
  async *list(path: string): AsyncGenerator<Json> {
    const seen = new Set<string>();
    for (let next: string | null = `${this.base}${path}`; next !== null; ) {
      const name = next.replace(/[?#].*$/s, '');
      if (new URL(next).origin !== new URL(this.base).origin)
        throw new RemoteError(`${this.base}: the next page lies on another server`, { url: this.base });
      if (seen.has(next)) throw new RemoteError(`${name}: the pages lead in a circle`, { url: name });
      seen.add(next);
      const page: Json = await this.#record(next);
      if (!Array.isArray(page.results)) throw new RemoteError(`${name}: expected a list`, { url: name });
      yield* page.results as Json[];
      next = typeof page.next === 'string' && URL.canParse(page.next) ? page.next : null;
    }
  }

  async #record(url: string): Promise<Json> {
    const found = await this.http.json(url).catch((error) => {
      throw explained(error);
    });
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Json;
    const name = url.replace(/[?#].*$/s, '');
    throw new RemoteError(`${name}: expected a record, got something else`, { url: name });
  }
}

/** What a refusal means here. */
export function explained(error: unknown): unknown {
  if (error instanceof NotFoundError || !(error instanceof RemoteError)) return error;
  const hint =
    error.status === 401
      ? 'it is embargoed: pass apiToken or set DANDI_API_KEY'
      : error.status === 403
        ? 'the account of this token may not read it'
        : null;
  if (hint === null) return error;
  return new RemoteError(`${error.message}: ${hint}`, { url: error.url, status: error.status });
}

export function resolveBase(apiBase: unknown): string {
  if (apiBase === undefined) return publicApi;
  if (typeof apiBase !== 'string' || !URL.canParse(apiBase) || !/^https?:$/.test(new URL(apiBase).protocol))
    throw new OptionError('apiBase', 'an http or https URL', apiBase);
  return apiBase.replace(/\/+$/, '');
}

export function resolveToken(apiToken: unknown, base: string): string | null {
  if (apiToken !== undefined) {
    // its value must not get into a message
    const valid = typeof apiToken === 'string' && /^[\x21-\x7e]+$/.test(apiToken);
    if (!valid) throw new OptionError('apiToken', 'a token without spaces', '…');
    return apiToken;
  }
  const { DANDI_API_KEY, DANDI_API_TOKEN, DANDI_SANDBOX_API_KEY } = process.env;
  const found = new URL(base).host === sandboxHost ? DANDI_SANDBOX_API_KEY : DANDI_API_KEY || DANDI_API_TOKEN;
  return found?.trim() || null;
}

export function resolveDandiset(dandisetId: unknown): string {
  const digits = /^(?:DANDI:)?(\d{6})$/i.exec(typeof dandisetId === 'string' ? dandisetId.trim() : '')?.[1];
  if (!digits) throw new OptionError('dandisetId', 'six digits, such as 000006', dandisetId);
  return digits;
}

export function resolveVersion(version: unknown = 'draft'): string {
  if (!/^(draft|[0-9]+(\.[0-9]+)*)$/.test(text(version, 'version')))
    throw new OptionError('version', "'draft' or a version number such as 0.220126.1855", version);
  return version as string;
}
