/** The page: its files, read once. */
import { readdirSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

export function pageRoutes(app: FastifyInstance): void {
  const folder = new URL('../../page/', import.meta.url);
  for (const name of readdirSync(folder)) {
    const content = readFileSync(new URL(name, folder));
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    const path = name === 'index.html' ? '/' : `/${name}`;
    app.get(path, { config: { scope: null }, schema: { hide: true } }, async (_request, reply) =>
      reply.type(type).header('content-security-policy', policy).header('cache-control', 'no-cache').send(content),
    );
  }
}
