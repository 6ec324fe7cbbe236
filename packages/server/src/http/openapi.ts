/** The OpenAPI document of all routes, and a page of it that a person can read. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

export const openapi: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.0.3',
    info: {
      title: 'spikelab-server',
      description: 'Uploads of recordings and sortings in; what they are, spikes, pictures and files out.',
      version: '1',
    },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
    tags: ['uploads', 'jobs', 'results', 'system'].map((name) => ({ name })),
  },
};

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { content: Record<string, { schema?: object }> };
  responses?: Record<string, { description?: string }>;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);

export function openapiPage(document: { paths?: object }): string {
  const paths = Object.entries((document.paths ?? {}) as Record<string, Record<string, Operation>>);
  const sections = paths.flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, operation]) => section(method, path, operation)),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>spikelab-server: HTTP</title><link rel="stylesheet" href="/page.css">
<main><h1>spikelab-server: HTTP</h1><p>The same for programs: <a href="/openapi.json">/openapi.json</a>. Errors are problem documents
(RFC 9457) with a stable <code>code</code>.</p>${sections.join('\n')}</main></html>`;
}

function section(method: string, path: string, operation: Operation): string {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = operation;
  const rows = parameters.map(
    ({ name, in: place, description: text = '' }) =>
      `<li><code>${escaped(name)}</code> (${place}) ${escaped(text)}</li>`,
  );
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      `<p>Body: <code>${escaped(type)}</code></p>${schema ? `<pre>${escaped(JSON.stringify(schema, null, 2))}</pre>` : ''}`,
  );
  return `<section><h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(summary)}</p>
${description ? `<p>${escaped(description)}</p>` : ''}${rows.length ? `<ul>${rows.join('')}</ul>` : ''}${bodies.slice(0, 1).join('')}
<p>Answers: ${Object.keys(responses).map(escaped).join(', ')}</p></section>`;
}
