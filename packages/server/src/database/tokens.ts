/** Bearer tokens: of each only a hash is kept. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from './contract.js';

export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks: a token, or this machine where no tokens are needed. */
export interface Client {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string;
  readonly created: Date;
  readonly expires: Date | null;
}

/** A token that was good a moment ago is taken without asking the database: a client that polls asks often. */
const rememberMs = 5000;
const mostRemembered = 10_000;

const digest = (secret: string) => createHash('sha256').update(secret).digest();

export class Tokens {
  readonly #remembered = new Map<string, { client: Client; until: number }>();

  constructor(private readonly database: Database) {}

  /** The token itself, which is shown once. */
  async add(name: string, wanted: readonly Scope[], days: number | null): Promise<{ id: string; token: string }> {
    const id = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    await this.database.query(
      `INSERT INTO spikelab.tokens (id, name, hash, scopes, expires)
       VALUES ($1, $2, $3, $4, now() + make_interval(days => $5::int))`,
      [id, name, digest(secret).toString('hex'), wanted.join(' '), days],
    );
    return { id, token: `slk_${id}_${secret}` };
  }

  list(): Promise<TokenRow[]> {
    return this.database.query('SELECT id, name, scopes, created, expires FROM spikelab.tokens ORDER BY created');
  }

  async remove(id: string): Promise<boolean> {
    return (await this.database.query('DELETE FROM spikelab.tokens WHERE id = $1 RETURNING id', [id])).length > 0;
  }

  /** Null for a token that is not known, or not any more. */
  async clientOf(token: string): Promise<Client | null> {
    const [, id, secret] = /^slk_([0-9a-f]{12})_([\w-]{43})$/.exec(token) ?? [];
    if (id === undefined) return null;
    const hash = digest(secret);
    const key = `${id} ${hash.toString('hex')}`;
    const known = this.#remembered.get(key);
    if (known && known.until > performance.now()) return known.client;
    const [row] = await this.database.query<{ hash: string; scopes: string }>(
      'SELECT hash, scopes FROM spikelab.tokens WHERE id = $1 AND (expires IS NULL OR expires > now())',
      [id],
    );
    if (!row || !timingSafeEqual(Buffer.from(row.hash, 'hex'), hash)) return null;
    const client = { id, scopes: new Set(row.scopes.split(' ') as Scope[]) };
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
    this.#remembered.set(key, { client, until: performance.now() + rememberMs });
    return client;
  }
}
