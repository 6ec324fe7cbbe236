import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsOf } from '../src/core/settings.js';
import { openDatabase } from '../src/database/database.js';
import { fixture, startService, type TestService } from './support/service.js';

let service: TestService;
const tokens = { reader: '', writer: '', other: '', admin: '', old: '' };
const as = (who: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[who]}` });
beforeAll(async () => {
  service = await startService({ auth: 'on', jobs: 0 });
  const add = async (scopes: ('read' | 'write' | 'admin')[]) => (await service.tokens.add('x', scopes, null)).token;
  tokens.reader = await add(['read']);
  tokens.writer = await add(['read', 'write']);
  tokens.other = await add(['read', 'write']);
  tokens.admin = await add(['admin']);
  const old = await service.tokens.add('old', ['read'], null);
  tokens.old = old.token;
  await service.tokens.remove(old.id);
});
afterAll(() => service.stop());

describe('a token', () => {
  it.each([
    ['none', {}],
    ['one that was removed', () => as('old')],
    ['one with another secret', () => ({ authorization: `${as('reader').authorization.slice(0, -1)}_` })],
    ['a user and a password', { authorization: 'Basic YTpi' }],
    ['one in the wrong case', () => ({ authorization: as('reader').authorization.toUpperCase() })],
    ['two', () => ({ authorization: `${as('reader').authorization} ${tokens.writer}` })],
    ['a very long one', { authorization: `Bearer ${'x'.repeat(5000)}` }],
    [
      'one in a cookie from another site',
      () => ({ cookie: `spikelab_token=${tokens.reader}`, 'sec-fetch-site': 'cross-site' }),
    ],
  ])('is needed: %s is refused', async (_what, headers) => {
    const given = typeof headers === 'function' ? headers() : headers;
    const {
      status,
      body,
      headers: answer,
    } = await service.ask('GET', '/v1/jobs', undefined, given as Record<string, string>);
    expect([401, 403]).toContain(status);
    expect(body.code).toMatch(/^ERR_(TOKEN|ORIGIN)$/);
    if (status === 401) expect(answer.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('lets do what its scopes say', async () => {
    const bytes = readFileSync(fixture('nwb/full.nwb'));
    expect((await service.ask('GET', '/v1/uploads', undefined, as('reader'))).status).toBe(200);
    const refused = await service.ask('PUT', '/v1/uploads/x.nwb', bytes, as('reader'));
    expect(refused).toMatchObject({ status: 403, body: { code: 'ERR_SCOPE' } });
    expect((await service.ask('GET', '/metrics', undefined, as('writer'))).status).toBe(403);
    expect((await service.ask('GET', '/metrics', undefined, as('admin'))).status).toBe(200);
  });

  it('shows what is its own, and nothing of others', async () => {
    const { body } = await service.ask('PUT', '/v1/uploads/x.nwb', readFileSync(fixture('nwb/full.nwb')), as('writer'));
    const job = await service.ask('POST', '/v1/jobs', { upload: body.id, do: 'identify' }, as('writer'));
    expect(job.status).toBe(202);
    for (const [method, path] of [
      ['GET', `/v1/uploads/${body.id}`],
      ['DELETE', `/v1/uploads/${body.id}`],
      ['GET', `/v1/jobs/${job.body.id}`],
      ['GET', `/v1/jobs/${job.body.id}/events`],
      ['GET', `/v1/jobs/${job.body.id}/result`],
      ['DELETE', `/v1/jobs/${job.body.id}`],
    ]) {
      const answer = await service.ask(method, path, undefined, as('other'));
      expect(answer, path).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    }
    expect((await service.ask('POST', '/v1/jobs', { upload: body.id, do: 'load' }, as('other'))).status).toBe(404);
    expect((await service.ask('GET', '/v1/jobs', undefined, as('other'))).body).toEqual({ jobs: [] });
    expect((await service.ask('GET', `/v1/jobs/${job.body.id}`, undefined, as('admin'))).status).toBe(200);
  });

  it('is kept as a hash alone', async () => {
    const rows = JSON.stringify(await service.tokens.list());
    for (const token of Object.values(tokens)) expect(rows).not.toContain(token.slice('slk_0123456789ab_'.length));
  });
});

describe('what is no request', () => {
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
      let answer = '';
      socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
      socket.setEncoding('utf8').on('data', (more) => {
        answer += more;
      });
      socket.on('close', () => resolve(answer)).on('error', reject);
      socket.end(text);
    });

  it.each([
    ['noise', '\x16\x03\x01\r\n\r\n'],
    ['two lengths', 'POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a URL that cannot be read', 'GET /v1/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`],
  ])('gets a problem document: %s', async (_what, text) => {
    const answer = await raw(text);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'ERR_REQUEST' });
  });

  it.each([
    ['no JSON', '{', { 'content-type': 'application/json' }, 400],
    ['a form where JSON is wanted', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['too much JSON', `{"do":"${'x'.repeat(2 ** 20)}"}`, { 'content-type': 'application/json' }, 413],
    ['a prototype', '{"do":"load","__proto__":{"x":1}}', { 'content-type': 'application/json' }, 400],
  ])('gets one for %s', async (_what, body, headers, status) => {
    const answer = await service.ask('POST', '/v1/jobs', Buffer.from(body), { ...headers, ...as('writer') });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, code: expect.stringMatching(/^ERR_/), requestId: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|at .*\.js|\/work\//);
  });
});

describe('settings', () => {
  it('refuse to go without tokens where others can reach the server', () => {
    expect(() => settingsOf({ auth: 'off', host: '0.0.0.0' }, {})).toThrow(/loopback/);
  });

  it('come from flags before the environment', () => {
    const env = { SPIKELAB_SERVER_MAX_UPLOAD: '3GiB', SPIKELAB_SERVER_PORT: '99' };
    const settings = settingsOf({ port: '7' }, env);
    expect([settings.port, settings.maxUpload]).toEqual([7, 3 * 2 ** 30]);
  });

  it.each([
    [{ memory: 'much' }, /memory must be a size/],
    [{ jobTime: '1y' }, /jobTime must be a time/],
    [{ database: 'mysql://x' }, /postgres/],
    [{ store: 'https://bucket.example.org' }, /store must be s3:\/\/bucket\/prefix/],
    [{ storeEndpoint: 'localhost:9000' }, /storeEndpoint must be an http or https URL/],
    [{ clientRequests: '-1' }, /clientRequests must be a whole number of at least 0/],
    [{ port: 70_000 }, /port must be a whole number from 0 to 65535/],
  ])('say what is wrong with %j', (flags, message) => {
    expect(() => settingsOf(flags, {})).toThrow(message);
  });
});

describe('the embedded database', () => {
  it('is opened by one process at a time', async () => {
    await expect(openDatabase({ database: null, data: service.data })).rejects.toThrow(/in use by process \d+/);
  });
});
