// A web server of one file, as a process of its own: it answers ranges, each after some milliseconds, as one far away would, and counts
// requests and bytes.
//
//   fork(range-server.mjs, [FILE, DELAY_MS]): its first message is { port }; 'counts' is answered with { requests, bytes }, which begin anew
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [path, delayMs] = [process.argv[2], Number(process.argv[3])];
const file = await open(path);
const { size } = await file.stat();
let counts = { requests: 0, bytes: 0 };
const server = createServer(async (request, response) => {
  counts.requests++;
  await sleep(delayMs);
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = from === undefined ? 0 : Number(from);
  const end = Math.min(size, to ? Number(to) + 1 : size);
  const head = { 'accept-ranges': 'bytes', 'content-length': end - start, etag: '"1"' };
  if (from === undefined) response.writeHead(200, head);
  else response.writeHead(206, { ...head, 'content-range': `bytes ${start}-${end - 1}/${size}` });
  if (request.method === 'HEAD') return response.end();
  for (let at = start; at < end && !response.destroyed; ) {
    const piece = Buffer.allocUnsafe(Math.min(2 ** 20, end - at));
    await file.read(piece, 0, piece.length, at);
    at += piece.length;
    counts.bytes += piece.length;
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  process.send(counts);
  counts = { requests: 0, bytes: 0 };
});
process.on('disconnect', () => process.exit());
