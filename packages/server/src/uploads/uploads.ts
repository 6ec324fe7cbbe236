/** What clients sent: a folder each, and a row that says whose it is and what is in it. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { noSpace, notFound, Problem } from '../core/problem.js';
import type { Settings } from '../core/settings.js';
import type { Database } from '../database/contract.js';
import type { Client } from '../database/tokens.js';
import { partsOf, plainName } from './names.js';
import { type Budget, receive } from './receive.js';
import type { Store, StoredFile } from './store.js';
import { unpack } from './zip.js';

export interface Upload {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly state: 'receiving' | 'ending' | 'ready';
  readonly bytes: number;
  readonly files: readonly StoredFile[];
  readonly created: Date;
  readonly used: Date;
  /** The data folder in which its files lie until it is complete. */
  readonly place: string | null;
}

const zipStart = 'PK\x03\x04';

export class Uploads {
  /** Bytes that clients are sending now, by client: they are in no row yet. */
  readonly #coming = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly settings: Pick<Settings, 'data' | 'maxUpload' | 'maxFiles' | 'clientBytes' | 'keepFree'>,
    private readonly store: Store,
    /** Which data folder this is. */
    private readonly place: string,
  ) {}

  #folderOf(id: string): string {
    return join(this.settings.data, 'uploads', id);
  }

  /** Where its files lie until it is complete. */
  #filesOf(id: string): string {
    return join(this.#folderOf(id), 'files');
  }

  async begin(client: Client, name: string, id: string = randomUUID()): Promise<string> {
    await this.database.query(
      `INSERT INTO spikelab.uploads (id, owner, name, state, place) VALUES ($1, $2, $3, 'receiving', $4)`,
      [id, client.id, name.slice(0, 200), this.place],
    );
    return id;
  }

  /** How much one more upload of this client may take. @param announced by Content-Length. @throws Problem */
  async budget(client: Client, announced = 0): Promise<Budget> {
    const { maxUpload, maxFiles, clientBytes, keepFree, data } = this.settings;
    const [{ used }] = await this.database.query<{ used: number }>(
      `SELECT coalesce((SELECT sum(bytes) FROM spikelab.uploads WHERE owner = $1), 0)
            + coalesce((SELECT sum(bytes) FROM spikelab.jobs WHERE owner = $1), 0) AS used`,
      [client.id],
    );
    const { bavail, bsize } = await statfs(data);
    const mine = clientBytes - Number(used) - (this.#coming.get(client.id) ?? 0);
    const free = bavail * bsize - keepFree;
    const bytes = Math.min(maxUpload, mine, free);
    const over = () => {
      if (bytes === maxUpload) {
        const message = `One upload may have ${maxUpload} bytes in ${maxFiles} files.`;
        return new Problem(413, 'ERR_TOO_LARGE', message, { members: { limit: maxUpload } });
      }
      if (bytes === free) return noSpace();
      const message = `Your uploads and results may take ${clientBytes} bytes; delete what you no longer need.`;
      return new Problem(429, 'ERR_QUOTA', message, { members: { limit: clientBytes } });
    };
    if (bytes <= 0 || announced > bytes) throw over();
    return { bytes, files: maxFiles, over };
  }

  /** Runs what adds files to an upload of the client; where it fails nothing of the upload is left, unless it is one that stays open. */
  async receiving<T>(
    client: Client,
    id: string,
    announced: number,
    work: () => Promise<T>,
    staysOpen = false,
  ): Promise<T> {
    this.#coming.set(client.id, (this.#coming.get(client.id) ?? 0) + announced);
    // others must not take it for one that was left
    const sign = setInterval(() => void this.#touch(id), 20_000);
    try {
      return await work();
    } catch (error) {
      if (!staysOpen) await this.remove(id).catch(() => {});
      throw error;
    } finally {
      clearInterval(sign);
      const rest = (this.#coming.get(client.id) ?? 0) - announced;
      if (rest > 0) this.#coming.set(client.id, rest);
      else this.#coming.delete(client.id);
    }
  }

  async #touch(id: string): Promise<void> {
    await this.database.query('UPDATE spikelab.uploads SET used = now() WHERE id = $1', [id]).catch(() => []);
  }

  /** @param name with folders. @throws Problem */
  async add(id: string, name: string, body: Readable, budget: Budget): Promise<void> {
    await receive(body, join(this.#filesOf(id), ...partsOf(name)), budget);
  }

  /** A file that is on the same disk already. */
  async adopt(id: string, name: string, path: string): Promise<void> {
    await mkdir(this.#filesOf(id), { recursive: true, mode: 0o700 });
    await rename(path, join(this.#filesOf(id), plainName(name)));
  }

  /** Nothing comes any more: a zip is unpacked, unless it is wanted as it is, and the files go into the store. @throws Problem */
  async finish(id: string, budget: Budget, unpacks: boolean): Promise<Upload> {
    // of two that end it at once one does
    if (!(await this.#turn(id, 'receiving', 'ending'))) throw isComplete();
    try {
      const files = await this.#unpacked(id, budget, unpacks);
      await this.store.put(this.#filesOf(id), keyOf(id));
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const [row] = await this.database.query<Upload>(
        `UPDATE spikelab.uploads SET state = 'ready', bytes = $2, files = $3::jsonb, used = now()
         WHERE id = $1 AND state = 'ending' RETURNING *`,
        [id, bytes, JSON.stringify(files)],
      );
      if (row) {
        if (this.store.isRemote) await this.#drop(id);
        return row;
      }
    } catch (error) {
      await this.#turn(id, 'ending', 'receiving').catch(() => false);
      throw error;
    }
    // removed meanwhile
    await this.store.remove(keyOf(id));
    throw notFound('upload');
  }

  async #turn(id: string, from: Upload['state'], to: Upload['state']): Promise<boolean> {
    const sql = 'UPDATE spikelab.uploads SET state = $3, used = now() WHERE id = $1 AND state = $2 RETURNING id';
    return (await this.database.query(sql, [id, from, to])).length > 0;
  }

  async #unpacked(id: string, budget: Budget, unpacks: boolean): Promise<StoredFile[]> {
    const files = await this.#list(id);
    if (!files.length) throw new Problem(400, 'ERR_EMPTY', 'The upload has no file.');
    const [only] = files;
    const isZip = unpacks && files.length === 1 && /\.zip$/i.test(only.path) && (await this.#isZip(id, only.path));
    if (!isZip) return files;
    const packed = join(this.#folderOf(id), 'packed');
    await rename(join(this.#filesOf(id), only.path), packed);
    budget.files++;
    await unpack(packed, this.#filesOf(id), budget);
    await rm(packed, { force: true });
    const within = await this.#list(id);
    if (!within.length) throw new Problem(422, 'ERR_FORMAT', 'The zip holds no file.');
    return within;
  }

  async #isZip(id: string, path: string): Promise<boolean> {
    const file = await open(join(this.#filesOf(id), path));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString('latin1', 0, bytesRead) === zipStart;
    } finally {
      await file.close();
    }
  }

  async #list(id: string): Promise<StoredFile[]> {
    const root = this.#filesOf(id);
    const found: StoredFile[] = [];
    const visit = async (folder: string): Promise<void> => {
      const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) await visit(path);
        else found.push({ path, bytes: (await stat(join(root, path))).size });
      }
    };
    await visit('');
    return found;
  }

  /** One of the client's own; an admin's are all. @throws Problem */
  async get(client: Client, id: string): Promise<Upload> {
    const [row] = await this.database.query<Upload>(
      'SELECT * FROM spikelab.uploads WHERE id = $1 AND (owner = $2 OR $3)',
      [id, client.id, client.scopes.has('admin')],
    );
    if (!row) throw notFound('upload');
    return row;
  }

  list(client: Client, limit: number): Promise<Upload[]> {
    return this.database.query(
      `SELECT * FROM spikelab.uploads WHERE state = 'ready' AND (owner = $1 OR $2) ORDER BY created DESC LIMIT $3`,
      [client.id, client.scopes.has('admin'), limit],
    );
  }

  /** Its files come to one process, or to all on one data folder. @throws Problem */
  checkOpen({ state, place }: Upload): void {
    if (state !== 'receiving') throw isComplete();
    if (place === null || place === this.place) return;
    const message = 'This upload was opened at another process of the server, which has its files; go on there.';
    throw new Problem(421, 'ERR_ELSEWHERE', message);
  }

  /** A folder of this machine with the files of a complete upload; `folder`, where they lie elsewhere. @throws Problem */
  async fetch(id: string, folder: string, signal?: AbortSignal): Promise<string> {
    const sql = `SELECT * FROM spikelab.uploads WHERE id = $1 AND state = 'ready'`;
    const [row] = await this.database.query<Upload>(sql, [id]);
    if (!row) throw new Problem(404, 'ERR_NOT_FOUND', 'The upload is gone.');
    return this.store.fetch(keyOf(id), row.files, folder, signal);
  }

  /** The row and the files. False where jobs still need it. */
  async remove(id: string): Promise<boolean> {
    const gone = await this.database.query(
      `DELETE FROM spikelab.uploads WHERE id = $1 AND NOT EXISTS
         (SELECT 1 FROM spikelab.jobs WHERE upload = $1 AND state IN ('queued', 'active')) RETURNING id`,
      [id],
    );
    if (!gone.length) return false;
    if (this.store.isRemote) await this.store.remove(keyOf(id));
    await this.#drop(id);
    return true;
  }

  /** What lies of it in the data folder. */
  async #drop(id: string): Promise<void> {
    await rm(this.#folderOf(id), { recursive: true, force: true, maxRetries: 3 });
  }
}

const keyOf = (id: string) => `uploads/${id}/files`;

/** Also of one whose process died while it ended: what was unpacked of a zip by then must not count as all. */
const isComplete = () => new Problem(409, 'ERR_COMPLETE', 'This upload has ended: what is missing must be sent anew.');
