// One process of the service for the scripts beside this one, and requests to it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = join(root, 'packages/server/bin/spikelab-server.mjs');

export async function startServer(port, flags = {}) {
  const data = mkdtempSync(join(tmpdir(), 'spikelab-proof-'));
  const words = Object.entries({ data, port, keepFree: '100MB', logLevel: 'warn', ...flags }).flatMap(
    ([name, value]) => [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(value)],
  );
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'inherit', 'inherit'] });
  const exit = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
  const url = `http://127.0.0.1:${port}`;
  const start = performance.now();
  while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) {
    if (child.exitCode !== null || performance.now() - start > 120_000) throw new Error('the server does not start');
    await sleep(100);
  }
  const ask = async (method, path, body, headers = {}) => {
    const isJson = body !== undefined && !(body instanceof Uint8Array);
    const response = await fetch(`${url}${path}`, {
      method,
      body: isJson ? JSON.stringify(body) : body,
      headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      type,
      body: /json/.test(type) && bytes.length ? JSON.parse(bytes.toString()) : bytes,
    };
  };
  return {
    ...{ child, data, url, ask, startMs: performance.now() - start },
    async stop() {
      child.kill('SIGTERM');
      const ended = await exit;
      rmSync(data, { recursive: true, force: true });
      return ended;
    },
  };
}

/** The number after a name in Prometheus' text. */
export const metric = (text, name) =>
  Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
