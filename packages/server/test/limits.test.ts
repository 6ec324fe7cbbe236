import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { fixture, startService, type TestService } from './support/service.js';

let service: TestService;
afterEach(() => service.stop());

async function statuses(count: number, path: string, headers: Record<string, string> = {}): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < count; i++) found.push((await service.ask('GET', path, undefined, headers)).status);
  return found;
}
const times = (count: number, status: number) => Array<number>(count).fill(status);

describe('a client that asks too often', () => {
  it('is told when to ask again; other clients are not held up, nor those who ask whether the server lives', async () => {
    service = await startService({ auth: 'on', jobs: 0, clientRequests: 5 });
    const bearer = async () => ({
      authorization: `Bearer ${(await service.tokens.add('x', ['read', 'write'], null)).token}`,
    });
    const [often, other] = [await bearer(), await bearer()];
    expect(await statuses(7, '/v1/jobs', often)).toEqual([...times(5, 200), 429, 429]);
    const { status, headers, body } = await service.ask('GET', '/v1/jobs', undefined, often);
    expect([status, body.code, body.limit]).toEqual([429, 'ERR_RATE', 5]);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    const upload = await service.ask('PUT', '/v1/uploads/x.nwb', readFileSync(fixture('nwb/full.nwb')), often);
    expect(upload).toMatchObject({ status: 429, body: { code: 'ERR_RATE' } });
    expect(service.left('uploads')).toEqual([]);
    expect(await statuses(5, '/v1/jobs', other)).toEqual(times(5, 200));
    for (const path of ['/healthz', '/readyz']) expect(await statuses(8, path)).toEqual(times(8, 200));
  });

  it('is known by its address where it has no token, or a wrong one', async () => {
    service = await startService({ auth: 'on', jobs: 0, clientRequests: 4 });
    const wrong = { authorization: `Bearer slk_0123456789ab_${'x'.repeat(43)}` };
    expect(await statuses(2, '/v1/jobs', wrong)).toEqual([401, 401]);
    expect(await statuses(2, '/nowhere')).toEqual([404, 404]);
    expect(await statuses(2, '/v1/jobs', wrong)).toEqual([429, 429]);
    expect(await statuses(1, '/v1/session')).toEqual([429]);
    // whose token is right is not held up by a neighbour
    const { token } = await service.tokens.add('x', ['read'], null);
    expect(await statuses(2, '/v1/jobs', { authorization: `Bearer ${token}` })).toEqual([200, 200]);
  });

  it('is this machine where no tokens are needed; 0 is no limit', async () => {
    service = await startService({ jobs: 0, clientRequests: 3 });
    expect(await statuses(4, '/v1/jobs')).toEqual([...times(3, 200), 429]);
    await service.stop();
    service = await startService({ jobs: 0, clientRequests: 0 });
    expect(await statuses(20, '/v1/jobs')).toEqual(times(20, 200));
  });
});
