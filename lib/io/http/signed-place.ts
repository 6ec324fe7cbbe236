/** A URL whose signature may expire while a file is read. */
import { OptionError, RemoteError } from '../../core/errors.js';
import type { HttpAnswer, HttpClient } from './client.js';

/** Gives a fresh URL for one that has expired. */
export type RefreshUrl = (expired: URL) => Promise<string | URL>;

/** What servers answer to a signature that has expired: Amazon and Google 403, Azure 403, some gateways 401. */
const refusals = [401, 403];

export class SignedPlace {
  #url: string;
  #refreshing: Promise<string> | undefined;

  constructor(
    url: string,
    private readonly http: HttpClient,
    private readonly refreshUrl: RefreshUrl | undefined,
  ) {
    this.#url = url;
  }

  /** Sends a GET; where it is refused, and somebody has a fresh URL, once more. */
  async send(headers: Record<string, string>, accept: readonly number[] = []): Promise<HttpAnswer> {
    const url = this.#url;
    try {
      return await this.http.send(url, { headers }, accept);
    } catch (error) {
      const expired = error instanceof RemoteError && refusals.includes(error.status ?? 0);
      if (!expired || !this.refreshUrl) throw error;
      await this.#refresh(url);
      return this.http.send(this.#url, { headers }, accept);
    }
  }

  /** Several requests are refused at a time: one of them asks. */
  async #refresh(expired: string): Promise<void> {
    if (this.#url !== expired) return;
    this.#refreshing ??= this.#ask(expired).finally(() => {
      this.#refreshing = undefined;
    });
    this.#url = await this.#refreshing;
  }

  async #ask(expired: string): Promise<string> {
    const fresh: unknown = await (this.refreshUrl as RefreshUrl)(new URL(expired));
    const text = fresh instanceof URL ? fresh.href : fresh;
    if (typeof text === 'string' && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    // a signed URL must not get into a message
    throw new OptionError('refreshUrl', 'a function that gives an http or https URL', `a ${typeof fresh}`);
  }
}
