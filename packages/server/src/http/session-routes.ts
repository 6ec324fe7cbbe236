/** Signing in on the page: the token goes into a cookie that no script can read. */
import type { FastifyInstance } from 'fastify';
import { Problem } from '../core/problem.js';
import { needsTokens } from '../core/settings.js';
import { cookieName } from './auth.js';
import type { Service } from './context.js';
import { problems } from './schemas.js';

const tags = ['system'];
const free = { type: 'object', additionalProperties: true } as const;
const day = 86_400;

export function sessionRoutes(app: FastifyInstance, { settings, tokens }: Service): void {
  const cookie = (value: string, seconds: number, isSecure: boolean) =>
    `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;

  app.get(
    '/v1/session',
    { config: { scope: null }, schema: { tags, summary: 'Whether tokens are needed', response: { 200: free } } },
    async () => ({ tokens: needsTokens(settings) }),
  );

  app.post<{ Body: { token: string } }>(
    '/v1/session',
    {
      config: { scope: null },
      schema: {
        ...{ tags, summary: 'Sign a page in' },
        body: { type: 'object', required: ['token'], properties: { token: { type: 'string', maxLength: 200 } } },
        response: { 204: { type: 'null' }, ...problems },
      },
    },
    async (request, reply) => {
      const client = await tokens.clientOf(request.body.token);
      if (!client) throw new Problem(401, 'ERR_TOKEN', 'The token is not known, or has expired.');
      return reply
        .code(204)
        .header('set-cookie', cookie(request.body.token, 30 * day, request.protocol === 'https'))
        .send();
    },
  );

  app.delete(
    '/v1/session',
    { config: { scope: null }, schema: { tags, summary: 'Sign a page out', response: { 204: { type: 'null' } } } },
    async (request, reply) =>
      reply
        .code(204)
        .header('set-cookie', cookie('', 0, request.protocol === 'https'))
        .send(),
  );
}
