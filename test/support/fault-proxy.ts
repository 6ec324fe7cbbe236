/** A proxy before a real server that breaks what passes through it, as networks and busy servers do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  method: string;
  url: string;
  range: string | undefined;
  authorization: string | undefined;
}

export type Fault =
  | { status: number; body?: string; headers?: Record<string, string> }
  /** The connection breaks after this many bytes of the body. */
  | { truncateAfter: number }
  /** The first byte of the body arrives changed. */
  | { corrupt: true }
  /** The body stops after its first bytes, and the connection stays open. */
  | { stall: true };

export interface FaultProxy {
  url: string;
  seen: Seen[];
  /** What goes wrong with the n-th request (from 0) since the last reset; undefined: nothing. */
  fault: (request: Seen, n: number) => Fault | undefined;
  reset(): void;
  close(): Promise<void>;
}

/** `targetPort` says which server a request path goes to. */
export async function startFaultProxy(targetPort: (path: string) => number): Promise<FaultProxy> {
  const server = createServer((incoming, response) => {
    const seen: Seen = {
      method: incoming.method!,
      url: incoming.url!,
      range: incoming.headers.range,
      authorization: incoming.headers.authorization,
    };
    const fault = proxy.fault(seen, proxy.seen.length);
    proxy.seen.push(seen);
    if (fault && 'status' in fault) {
      incoming.resume();
      response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers }).end(fault.body ?? '');
      return;
    }
    forward(incoming, response, targetPort(seen.url), fault);
  });
  const proxy: FaultProxy = {
    url: '',
    seen: [],
    fault: () => undefined,
    reset() {
      proxy.seen.length = 0;
      proxy.fault = () => undefined;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

function forward(incoming: IncomingMessage, response: ServerResponse, port: number, fault: Fault | undefined): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders);
    let sent = 0;
    answer.on('data', (chunk: Buffer) => {
      if (fault && 'corrupt' in fault && sent === 0) chunk[0] ^= 0xff;
      if (fault && 'truncateAfter' in fault && sent + chunk.length >= fault.truncateAfter) {
        response.write(chunk.subarray(0, fault.truncateAfter - sent), () => response.destroy());
        answer.destroy();
        return;
      }
      response.write(chunk);
      sent += chunk.length;
      if (fault && 'stall' in fault) answer.pause();
    });
    answer.on('end', () => response.end());
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}
