import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS } from '@tus/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../src/database/contract.js';
import { TusLocks } from '../src/uploads/tus-locks.js';
import { startService, type TestService } from './support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ jobs: 0 });
});
afterAll(() => service.stop());

const times = { waitMs: 5000, expiresMs: 1500, signMs: 50 };
const never = new AbortController().signal;
const held = () => service.database.query('SELECT id FROM spikelab.locks');
/** Of another process. */
const another = (some: Partial<typeof times> = {}, database: Database = service.database) =>
  new TusLocks(database, { ...times, ...some });

describe('the lock of an upload', () => {
  it('is one process’s at a time; who has it is asked to end, and is not before somebody wants it', async () => {
    const [mine, theirs] = [another().newLock('a'), another().newLock('a')];
    const said: string[] = [];
    await mine.lock(never, () => void said.push('asked'));
    await another()
      .newLock('b')
      .lock(never, () => {});
    await sleep(300);
    expect(said).toEqual([]);
    const taken = theirs.lock(never, () => {}).then(() => said.push('taken'));
    // longer than it takes to expire: signs keep it
    await sleep(2 * times.expiresMs);
    expect([...new Set(said)]).toEqual(['asked']);
    await mine.unlock();
    await taken;
    await theirs.unlock();
    expect(await held()).toEqual([{ id: 'b' }]);
  });

  it('is held by one of many that ask at once', async () => {
    const lockers = [another({ waitMs: 30_000 }), another({ waitMs: 30_000 })];
    let [inside, most, done] = [0, 0, 0];
    const all = Array.from({ length: 10 }, async (_, i) => {
      const lock = lockers[i % 2].newLock('c');
      await lock.lock(never, () => {});
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
      done++;
      await lock.unlock();
    });
    await Promise.all(all);
    expect([most, done]).toEqual([1, 10]);
  });

  it('of a process that cannot give signs ends there first, and then is anybody’s', async () => {
    let isCut = false;
    const cut: Database = {
      ...service.database,
      query: (sql, values) => (isCut ? Promise.reject(new Error('no database')) : service.database.query(sql, values)),
    };
    const said: string[] = [];
    await another({}, cut)
      .newLock('d')
      .lock(never, () => void said.push('ended'));
    isCut = true;
    const theirs = another().newLock('d');
    await theirs.lock(never, () => {});
    said.push('taken');
    expect(said[0]).toBe('ended');
    await theirs.unlock();
  });

  it('that is given back asks nobody to end', async () => {
    const slow: Database = {
      ...service.database,
      query: async (sql, values) => {
        if (/^UPDATE/.test(sql)) await sleep(200);
        return service.database.query(sql, values);
      },
    };
    const mine = another({}, slow).newLock('f');
    let isAsked = false;
    await mine.lock(never, () => {
      isAsked = true;
    });
    await sleep(100);
    await mine.unlock();
    await sleep(400);
    expect(isAsked).toBe(false);
  });

  it('that stays another’s is refused after a while', async () => {
    const mine = another().newLock('e');
    await mine.lock(never, () => {});
    const late = another({ waitMs: 200 }).newLock('e');
    await expect(late.lock(never, () => {})).rejects.toBe(ERRORS.ERR_LOCK_TIMEOUT);
    await late.unlock();
    expect(await held()).toContainEqual({ id: 'e' });
    await mine.unlock();
  });

  it('is what a PATCH waits for', async () => {
    const tus = { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' };
    const made = await service.ask('POST', '/v1/tus', undefined, { 'tus-resumable': '1.0.0', 'upload-length': '10' });
    const place = made.headers.get('location') as string;
    const mine = another().newLock(String(place.split('/').at(-1)));
    let isFree = false;
    let asked = false;
    await mine.lock(never, () => {
      asked = true;
    });
    const patch = service
      .ask('PATCH', place, Buffer.from('0123'), { ...tus, 'upload-offset': '0' })
      .then(({ status }) => [status, isFree]);
    await expect.poll(() => asked, { timeout: 3000 }).toBe(true);
    await sleep(500);
    isFree = true;
    await mine.unlock();
    expect(await patch).toEqual([204, true]);
  });
});
