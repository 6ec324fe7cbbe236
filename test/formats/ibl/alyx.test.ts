/** What a load asks of Alyx: logging in, and lists of several pages. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../lib/index.js';
import { asked, expectSpikesOf, failure, load, server } from '../../support/ibl-load.js';
import { eid, pid, token, user } from '../../support/ibl-server.js';
import { json } from '../../support/web-server.js';

describe('logging in', () => {
  it('happens once, and every read shows the token', async () => {
    await load();
    expect(asked('/auth-token')).toBe(1);
    const reads = server.alyx.asked.filter((a) => a.path !== '/auth-token');
    expect(reads.length).toBe(3);
    expect(reads.every((a) => a.headers.authorization === `Token ${token}`)).toBe(true);
    expect(server.alyx.asked[0].headers.authorization).toBeUndefined();
  });

  it('happens again, once, when the token has gone stale', async () => {
    let stale = true;
    server.alyxReplies.set(`/sessions/${eid}`, () => {
      if (!stale) return undefined;
      stale = false;
      return json({ detail: 'Invalid token.', status_code: 403 }, 403);
    });
    expectSpikesOf(await load(), 'probe01');
    expect(asked('/auth-token')).toBe(2);
    expect(asked('/sessions')).toBe(2);
  });

  it('does not loop when the new token is refused as well', async () => {
    for (const path of [`/sessions/${eid}`, `/insertions/${pid}`, '/datasets'])
      server.alyxReplies.set(path, () => json({ detail: 'Invalid token.', status_code: 403 }, 403));
    expect(await failure()).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(asked('/sessions')).toBe(2);
  });

  it('says who was refused, and never with what', async () => {
    const error = await failure({ password: 'my secret word' });
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 400 });
    expect(error.message).toContain(user.username);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/my secret word|my\+secret|my%20secret/);
    expect(asked('/auth-token')).toBe(1);
  });

  it('keeps the token out of errors, even where the server repeats it', async () => {
    for (const path of [`/sessions/${eid}`, '/datasets', `/insertions/${pid}`])
      server.alyxReplies.set(path, () => json({ detail: `no right for ${token}` }, 403));
    const error = await failure();
    expect(error).toMatchObject({ code: 'ERR_REMOTE', status: 403 });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
  });
});

describe('lists of datasets', () => {
  const paged = (next: (n: number) => string | null, count = () => 9) => {
    server.alyxReplies.set(`/sessions/${eid}`, () => json({ detail: 'Not found.' }, 404));
    const rows = server.files.map((f) => ({ ...server.record(f), default_dataset: true }));
    server.alyxReplies.set('/datasets', ({ path }) => {
      const n = Number(/page=(\d)/.exec(path)?.[1] ?? 0);
      return json({ count: count(), next: next(n), previous: null, results: rows.slice(n * 4, n * 4 + 4) });
    });
  };

  it('are read to their last page', async () => {
    paged((n) => (n < 2 ? `${server.alyx.origin}/datasets?page=${n + 1}` : null));
    expectSpikesOf(await load(), 'probe01');
    expect(asked('/datasets')).toBe(3);
  });

  it('are not followed to another server', async () => {
    paged(() => `${server.data.origin}/datasets?page=1`);
    expect(await failure()).toMatchObject({ code: 'ERR_REMOTE' });
    expect(server.data.asked.some((a) => a.path.startsWith('/datasets'))).toBe(false);
  });

  it('that change on the way are told', async () => {
    let n = 9;
    paged(
      (p) => (p < 2 ? `${server.alyx.origin}/datasets?page=${p + 1}` : null),
      () => n++,
    );
    const warnings: Finding[] = [];
    await load({ onWarning: (finding) => warnings.push(finding) });
    expect(warnings.map((w) => w.code)).toContain('list-changed');
  });
});
