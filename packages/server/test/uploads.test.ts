import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedZip } from '../../../test/support/zip-files.js';
import { fixture, startService, type TestService } from './support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ maxUpload: '200kB', maxFiles: 20, clientBytes: '5MB', jobs: 1 });
});
afterAll(() => service.stop());

const full = readFileSync(fixture('nwb/full.nwb'));
const put = (name: string, bytes: Uint8Array, query = '') =>
  service.ask('PUT', `/v1/uploads/${encodeURIComponent(name)}${query}`, bytes);

/** What is on disk after a refusal is what was there before. */
async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const before = service.left('uploads');
  await work();
  await expect.poll(() => service.left('uploads'), { timeout: 5000 }).toEqual(before);
}

describe('names', () => {
  it.each(['../x.nwb', '..', '/etc/passwd', 'a\\b', 'a\0b', 'a\nb', `${'x'.repeat(201)}`])(
    'that lead elsewhere are refused: %j',
    (name) =>
      leavesNothing(async () => {
        const { status, body } = await put(name, full);
        expect([400, 404]).toContain(status);
        expect(body.code).toMatch(/^ERR_(NAME|NOT_FOUND|REQUEST)$/);
      }),
  );

  it('of any script are kept', async () => {
    const { status, body } = await put('Aufnahme Ü 1 – 神経.nwb', full);
    expect([status, body.name, body.files]).toEqual([
      201,
      'Aufnahme Ü 1 – 神経.nwb',
      [{ path: 'Aufnahme Ü 1 – 神経.nwb', bytes: full.length }],
    ]);
  });
});

describe('a folder', () => {
  const folder = fixture('kilosort/curated');
  const files = readdirSync(folder).filter((name) => /\.(npy|tsv|py|csv)$/.test(name));
  const members = (prefix: string) =>
    Object.fromEntries(files.map((name) => [`${prefix}${name}`, readFileSync(join(folder, name))]));

  async function spikes(upload: string): Promise<number> {
    const job = await service.job({ upload, do: 'load', format: 'json', options: { fsHz: 32_000 } });
    expect(job.problem).toBeUndefined();
    return job.spikes;
  }

  it('is the same as a zip, as a form, and file by file', async () => {
    const zip = await put('sorted.zip', storedZip(members('sorted/')));
    expect(zip).toMatchObject({ status: 201, body: { count: files.length } });
    const form = new FormData();
    for (const [name, bytes] of Object.entries(members('sorted/'))) form.append('file', new Blob([bytes]), name);
    const asForm = await service.ask('POST', '/v1/uploads', form);
    expect(asForm.body.files).toEqual(zip.body.files);
    const { body: open } = await service.ask('POST', '/v1/uploads', { name: 'sorted' });
    for (const [name, bytes] of Object.entries(members('sorted/'))) {
      expect((await service.ask('PUT', `/v1/uploads/${open.id}/files/${name}`, bytes)).status).toBe(204);
    }
    const again = await service.ask('PUT', `/v1/uploads/${open.id}/files/sorted/${files[0]}`, full);
    expect(again).toMatchObject({ status: 409, body: { code: 'ERR_NAME' } });
    const early = await service.ask('POST', '/v1/jobs', { upload: open.id, do: 'load' });
    expect(early).toMatchObject({ status: 409, body: { code: 'ERR_INCOMPLETE' } });
    const complete = await service.ask('POST', `/v1/uploads/${open.id}/complete`);
    expect(complete.body.files).toEqual(zip.body.files);
    // counted by numpy when the fixture was made
    const counts = await Promise.all([zip, asForm, complete].map(({ body }) => spikes(body.id)));
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThan(0);
  });

  it.each([
    ['leads out', { '../out.npy': full }, 'ERR_(NAME|FORMAT)'],
    ['has a name twice', { 'a.npy': full, 'A.npy': full }, 'ERR_FORMAT'],
    [
      'is larger than an upload may be',
      Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}`, full])),
      'ERR_TOO_LARGE',
    ],
    [
      'has more files than an upload may',
      Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`${i}`, full.subarray(0, 1)])),
      'ERR_TOO_LARGE',
    ],
  ])('as a zip that %s is refused', (_what, content, code) =>
    leavesNothing(async () => {
      const { status, body } = await put('bad.zip', storedZip(content as Record<string, Uint8Array>));
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body.code).toMatch(new RegExp(`^${code}$`));
    }),
  );

  it('as a zip that is none is refused, and kept as it is where that is wanted', async () => {
    const bytes = Buffer.concat([Buffer.from('PK\x03\x04'), full]);
    await leavesNothing(async () => {
      expect(await put('no.zip', bytes)).toMatchObject({ status: 422, body: { code: 'ERR_FORMAT' } });
    });
    expect(await put('no.zip', bytes, '?unpack=false')).toMatchObject({ status: 201, body: { count: 1 } });
  });
});

describe('an upload', () => {
  it('that is too large is refused before and while it comes', () =>
    leavesNothing(async () => {
      const announced = await put('large.bin', Buffer.alloc(200_001));
      expect(announced).toMatchObject({ status: 413, body: { code: 'ERR_TOO_LARGE', limit: 200_000 } });
      const body = new ReadableStream({
        start(controller) {
          for (let i = 0; i < 10; i++) controller.enqueue(new Uint8Array(50_000));
          controller.close();
        },
      });
      const answer = await fetch(`${service.url}/v1/uploads/large.bin`, {
        method: 'PUT',
        body,
        duplex: 'half',
      } as RequestInit);
      expect(answer.status).toBe(413);
    }));

  it('that is broken off leaves nothing', () =>
    leavesNothing(async () => {
      const { port } = new URL(service.url);
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `PUT /v1/uploads/half.bin HTTP/1.1\r\nhost: localhost:${port}\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(5000)}`,
      );
      await expect.poll(() => service.left('uploads').length, { timeout: 5000 }).toBeGreaterThan(0);
      socket.destroy();
    }));

  it('goes on where it broke off, by tus', async () => {
    const tus = { 'tus-resumable': '1.0.0' };
    const metadata = `filename ${Buffer.from('resumed.nwb').toString('base64')}`;
    const made = await service.ask('POST', '/v1/tus', undefined, {
      ...tus,
      'upload-length': String(full.length),
      'upload-metadata': metadata,
    });
    expect(made.status).toBe(201);
    const place = made.headers.get('location') as string;
    const patch = (bytes: Buffer, offset: number) =>
      service.ask('PATCH', place, bytes, {
        ...tus,
        'upload-offset': String(offset),
        'content-type': 'application/offset+octet-stream',
      });
    expect((await patch(full.subarray(0, 10_000), 0)).status).toBe(204);
    const head = await service.ask('HEAD', place, undefined, tus);
    expect(head.headers.get('upload-offset')).toBe('10000');
    expect((await patch(full.subarray(10_000), 10_000)).status).toBe(204);
    const id = place.split('/').at(-1);
    const { body } = await service.ask('GET', `/v1/uploads/${id}`);
    expect(body).toMatchObject({ state: 'ready', name: 'resumed.nwb', bytes: full.length });
    const stored = readFileSync(join(service.data, 'uploads', String(id), 'files', 'resumed.nwb'));
    expect(createHash('sha256').update(stored).digest('hex')).toBe(createHash('sha256').update(full).digest('hex'));
    expect(service.left('tus')).toEqual([]);
  });

  it('is removed, but not while a job needs it', async () => {
    const { body } = await put('gone.nwb', full);
    const { body: job } = await service.ask('POST', '/v1/jobs', { upload: body.id, do: 'load' });
    const early = await service.ask('DELETE', `/v1/uploads/${body.id}`);
    expect([204, 409]).toContain(early.status);
    await service.ask('GET', `/v1/jobs/${job.id}?wait=30`);
    if (early.status === 409) expect((await service.ask('DELETE', `/v1/uploads/${body.id}`)).status).toBe(204);
    expect(service.left('uploads')).not.toContain(body.id);
    expect((await service.ask('GET', `/v1/uploads/${body.id}`)).status).toBe(404);
  });

  it('counts against what a client may have', async () => {
    const answers: { status: number; body: { code?: string } }[] = [];
    for (let i = 0; i < 40 && answers.at(-1)?.status !== 429; i++)
      answers.push(await put('fill.bin', Buffer.alloc(199_000)));
    expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'ERR_QUOTA' } });
  });
});
