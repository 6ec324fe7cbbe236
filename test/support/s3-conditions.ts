/**
 * What S3 promises and s3rver does not keep: an object appears whole or not at all, also where its sender dies, requests see each other in
 * one order, and `If-None-Match: *` refuses to write an object that is there. A server before it that takes one whole request after
 * the other.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Conditions {
  url: string;
  /** Requests refused for an object that was there. */
  refused: number;
  close(): Promise<void>;
}

/** @param there whether the object of a path (/bucket/key) is there */
export async function startConditions(target: string, there: (path: string) => boolean): Promise<Conditions> {
  const { hostname, port } = new URL(target);
  let last: Promise<void> = Promise.resolve();
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then(
      (body) => {
        last = last.then(() => answer(incoming, body, response)).catch(() => void response.destroy());
      },
      () => response.destroy(),
    );
  });
  const conditions: Conditions = {
    url: '',
    refused: 0,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  function answer(incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(incoming.url!, target).pathname);
    if (incoming.method === 'PUT' && incoming.headers['if-none-match'] === '*' && there(path)) {
      conditions.refused++;
      response.writeHead(412, { 'content-type': 'application/xml' });
      response.end('<Error><Code>PreconditionFailed</Code><Message>It is there.</Message></Error>');
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const { method, url, headers } = incoming;
      const onward = request({ hostname, port, method, path: url, headers, agent: false }, (told) => {
        response.writeHead(told.statusCode!, told.rawHeaders);
        told.pipe(response);
        told.on('end', resolve).on('error', reject);
      });
      onward.on('error', reject).end(body);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  conditions.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return conditions;
}

/** @throws where the sender dies before its end */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (!incoming.complete) throw new Error('half a request');
  return Buffer.concat(chunks);
}
