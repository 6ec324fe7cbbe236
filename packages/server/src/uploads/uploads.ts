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
import { unpack } from './zip.js';

export interface UploadFile {
  readonly path: string;
  readonly bytes: number;
}

export interface Upload {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly state: 'receiving' | 'ready';
  readonly bytes: number;
  readonly files: readonly UploadFile[];
  readonly created: Date;
  readonly used: Date;
}

const zipStart = 'PK\x03\x04';

export class Uploads {
  /** Bytes that clients are sending now, by client: they are in no row yet. */
  readonly #coming = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly settings: Pick<Settings, 'data' | 'maxUpload' | 'maxFiles' | 'clientBytes' | 'keepFree'>,
  ) {}

  folderOf(id: string): string {
    return join(this.settings.data, 'uploads', id);
  }

  /** Where its files lie. */
  filesOf(id: string): string {
    return join(this.folderOf(id), 'files');
  }

  async begin(client: Client, name: string, id: string = randomUUID()): Promise<string> {
    await this.database.query(
      `INSERT INTO spikelab.uploads (id, owner, name, state) VALUES ($1, $2, $3, 'receiving')`,
      [id, client.id, name.slice(0, 200)],
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
    await receive(body, join(this.filesOf(id), ...partsOf(name)), budget);
  }

  /** A file that is on the same disk already. */
  async adopt(id: string, name: string, path: string): Promise<void> {
    await mkdir(this.filesOf(id), { recursive: true, mode: 0o700 });
    await rename(path, join(this.filesOf(id), plainName(name)));
  }

  /** Nothing comes any more: a zip is unpacked, unless it is wanted as it is. @throws Problem */
  async finish(id: string, budget: Budget, unpacks: boolean): Promise<Upload> {
    let files = await this.#list(id);
    if (!files.length) throw new Problem(400, 'ERR_EMPTY', 'The upload has no file.');
    const [only] = files;
    if (unpacks && files.length === 1 && /\.zip$/i.test(only.path) && (await this.#isZip(id, only.path))) {
      const packed = join(this.folderOf(id), 'packed');
      await rename(join(this.filesOf(id), only.path), packed);
      budget.files++;
      await unpack(packed, this.filesOf(id), budget);
      await rm(packed, { force: true });
      files = await this.#list(id);
      if (!files.length) throw new Problem(422, 'ERR_FORMAT', 'The zip holds no file.');
    }
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const [row] = await this.database.query<Upload>(
      `UPDATE spikelab.uploads SET state = 'ready', bytes = $2, files = $3::jsonb, used = now()
       WHERE id = $1 AND state = 'receiving' RETURNING *`,
      [id, bytes, JSON.stringify(files)],
    );
    if (!row) throw notFound('upload');
    return row;
  }

  async #isZip(id: string, path: string): Promise<boolean> {
    const file = await open(join(this.filesOf(id), path));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString('latin1', 0, bytesRead) === zipStart;
    } finally {
      await file.close();
    }
  }

  async #list(id: string): Promise<UploadFile[]> {
    const root = this.filesOf(id);
    const found: UploadFile[] = [];
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

  /** The row and the files. False where jobs still need it. */
  async remove(id: string): Promise<boolean> {
    const gone = await this.database.query(
      `DELETE FROM spikelab.uploads WHERE id = $1 AND NOT EXISTS
         (SELECT 1 FROM spikelab.jobs WHERE upload = $1 AND state IN ('queued', 'active')) RETURNING id`,
      [id],
    );
    if (!gone.length) return false;
    await rm(this.folderOf(id), { recursive: true, force: true, maxRetries: 3 });
    return true;
  }
}

/** What the library is given of an upload, from within its folder: the one file, the one folder, or all. */
export function entryOf(files: readonly UploadFile[]): string {
  if (files.length === 1) return files[0].path;
  const tops = new Set(files.map(({ path }) => path.split('/')[0]));
  return tops.size === 1 ? [...tops][0] : '.';
}
