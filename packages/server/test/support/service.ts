/** A server of its own for a test file: on a free port, with an embedded database in a folder that goes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Settings, settingsOf } from '../../src/core/settings.js';
import { type Server, startServer } from '../../src/server.js';

const fixtures = fileURLToPath(new URL('../../../../fixtures/', import.meta.url));

export const fixture = (name: string): string => join(fixtures, name);

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at by the tests
export type Answer = { status: number; headers: Headers; body: any };

export interface TestService extends Server {
  readonly data: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** An upload of one fixture. */
  upload(name: string, as?: string): Promise<string>;
  /** A job until it has ended. */
  job(request: object): Promise<Answer['body']>;
  /** Files and folders in the data folder: what uploads and results take. */
  left(kind: 'uploads' | 'results' | 'work' | 'tus'): string[];
}

export async function startService(settings: Partial<Record<keyof Settings, unknown>> = {}): Promise<TestService> {
  const data = mkdtempSync(join(tmpdir(), 'spikelab-server-'));
  const flags = { data, port: 0, jobs: 2, logLevel: 'fatal', keepFree: '1MB', memory: '1GiB', ...settings };
  const server = await startServer(settingsOf(flags, {})).catch((error) => {
    rmSync(data, { recursive: true, force: true });
    throw error;
  });
  const ask: TestService['ask'] = async (method, path, body, headers = {}) => {
    const isJson = body !== undefined && !(body instanceof Uint8Array) && !(body instanceof FormData);
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
      body: isJson ? JSON.stringify(body) : (body as RequestInit['body']),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type') ?? '';
    const parsed = /json/.test(type) && bytes.length ? JSON.parse(bytes.toString()) : bytes;
    return { status: response.status, headers: response.headers, body: parsed };
  };
  return {
    ...{ ...server, data, ask },
    async upload(name, as = name.split('/').at(-1)) {
      const { body } = await ask('PUT', `/v1/uploads/${encodeURIComponent(String(as))}`, await readFile(fixture(name)));
      return body.id;
    },
    async job(request) {
      const { status, body } = await ask('POST', '/v1/jobs', request);
      if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
      return (await ask('GET', `/v1/jobs/${body.id}?wait=50`)).body;
    },
    left: (kind) => readdirSync(join(data, kind)),
    async stop() {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
