/** Reads from Alyx, IBL's database: one login, its token kept in memory, lists followed page by page. */
import { RemoteError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { type Credentials, HttpClient } from '../../io/http/client.js';
import type { Transfer } from '../../io/transfer.js';
import type { IblServers } from './options.js';

export type Json = Record<string, unknown>;

/** Of a list: a server that always names a next page is not followed for ever. */
const mostPages = 1000;

export class Alyx implements Credentials {
  readonly origin: string;
  readonly #http: HttpClient;
  readonly #anonymous: HttpClient;
  #token: string | null = null;
  #login: Promise<void> | null = null;

  constructor(
    private readonly servers: IblServers,
    transfer: Transfer,
    private readonly report: Pick<ReportBuilder, 'warning'>,
  ) {
    this.origin = new URL(servers.baseUrl).origin;
    this.#http = new HttpClient(transfer, this);
    this.#anonymous = new HttpClient(transfer);
  }

  authorization(): string | null {
    return this.#token === null ? null : `Token ${this.#token}`;
  }

  /** One record. `path` starts with a slash and is percent-encoded. */
  async get(path: string): Promise<Json> {
    const found = await this.#read(`${this.servers.baseUrl}${path}`);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Json;
    const url = `${this.servers.baseUrl}${path}`.replace(/\?.*$/, '');
    throw new RemoteError(`${url}: expected a record, got something else`, { url });
  }

  /** All rows of a list. */
  async list(path: string): Promise<Json[]> {
    const rows: Json[] = [];
    let next: string | null = `${this.servers.baseUrl}${path}`;
    let count: unknown;
    for (let page = 0; next !== null; page++) {
      if (new URL(next).origin !== this.origin || page >= mostPages) {
        const message = `${path.replace(/\?.*$/, '')}: the next page lies on another server, or there are too many`;
        throw new RemoteError(message, { url: this.servers.baseUrl });
      }
      const found = (await this.#read(next)) as Json | Json[];
      // older servers send short lists without pages
      if (Array.isArray(found)) return rows.concat(found);
      const results = found.results;
      if (!Array.isArray(results)) throw new RemoteError(`${path}: expected a list`, { url: this.servers.baseUrl });
      rows.push(...(results as Json[]));
      if (page > 0 && found.count !== count)
        this.report.warning('list-changed', `${path.replace(/\?.*$/, '')}: the list changed while it was read`);
      count = found.count;
      next = typeof found.next === 'string' && URL.canParse(found.next) ? found.next : null;
    }
    return rows;
  }

  /** A client for an address that Alyx, or a user, names: logged in where it is Alyx's own, without credentials elsewhere. */
  async clientFor(url: string): Promise<HttpClient> {
    if (new URL(url).origin !== this.origin) return this.#anonymous;
    await this.#authenticate();
    return this.#http;
  }

  /** A token that has gone stale is renewed once; a second refusal is an answer. */
  async #read(url: string): Promise<unknown> {
    await this.#authenticate();
    const used = this.#token;
    try {
      return await this.#http.json(url);
    } catch (error) {
      if (!(error instanceof RemoteError && error.status === 403 && /token|credentials/i.test(error.message)))
        throw error;
      // another request may have renewed it meanwhile
      if (this.#token === used) this.#login = null;
      await this.#authenticate();
      return this.#http.json(url);
    }
  }

  #authenticate(): Promise<void> {
    this.#login ??= this.#logIn().catch((error) => {
      this.#login = null;
      throw error;
    });
    return this.#login;
  }

  async #logIn(): Promise<void> {
    const { baseUrl, username, password } = this.servers;
    const url = `${baseUrl}/auth-token`;
    const body = new URLSearchParams({ username, password }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.#anonymous.json(url, { method: 'POST', headers, body }).catch((error) => {
      if (!(error instanceof RemoteError) || (error.status !== 400 && error.status !== 403)) throw error;
      const message = `${url}: the server refuses the login of user ${username}: check username and password`;
      throw new RemoteError(message, { url, status: error.status });
    });
    const token = (answer as Json | null)?.token;
    if (typeof token !== 'string' || token === '') throw new RemoteError(`${url}: expected a token, got none`, { url });
    this.#token = token;
  }
}
