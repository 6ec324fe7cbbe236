// A registry with the tarballs of a folder; what is not there is asked of another one, and kept in a folder where one is given.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** package.json out of a .tgz: entries of 512-byte headers, each with its name and its size in octal. */
function manifestOf(tarball) {
  const tar = gunzipSync(tarball);
  for (let at = 0; at < tar.length; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0;
    if (name === 'package/package.json') return JSON.parse(tar.toString('utf8', at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  throw new Error('a tarball without package/package.json');
}

/** { url, close } of a registry on a free port of this machine. */
export async function startRegistry(folder, upstream, cache) {
  const own = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    const tarball = readFileSync(join(folder, file));
    own.set(manifestOf(tarball).name, { manifest: manifestOf(tarball), tarball, file });
  }
  const server = createServer(async (request, response) => {
    const url = `http://127.0.0.1:${server.address().port}`;
    const path = decodeURIComponent(request.url.split('?')[0].slice(1));
    const tarball = [...own.values()].find(({ file }) => path === `-/${file}`)?.tarball;
    if (tarball) return response.end(tarball);
    const found = own.get(path);
    if (found) return response.end(JSON.stringify(packument(found, url)));
    // the platforms that were not built, and everything that is not ours
    if (path.startsWith('@spikelab/')) return response.writeHead(404).end('{}');
    const { status, type, body } = await ask(upstream, request, cache);
    // some package managers take the addresses of tarballs as they are
    const json = /json/.test(type);
    const mine = json ? body.toString('utf8').replaceAll(`"${upstream}/`, `"${url}/`) : body;
    response.writeHead(status, { 'content-type': type }).end(mine);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function ask(upstream, request, cache) {
  const { accept = '*/*' } = request.headers;
  const key = cache && join(cache, createHash('sha256').update(`${request.url} ${accept}`).digest('hex'));
  if (key && existsSync(`${key}.type`))
    return { status: 200, type: readFileSync(`${key}.type`, 'utf8'), body: readFileSync(key) };
  // package managers report vulnerabilities by POST; nothing of that is needed
  if (request.method !== 'GET') return { status: 404, type: 'application/json', body: Buffer.from('{}') };
  const answer = await fetch(`${upstream}${request.url}`, { headers: { accept } });
  const type = answer.headers.get('content-type') ?? 'application/json';
  const body = Buffer.from(await answer.arrayBuffer());
  if (key && answer.ok) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(key, body);
    writeFileSync(`${key}.type`, type);
  }
  return { status: answer.status, type, body };
}

function packument({ manifest, tarball, file }, url) {
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  const shasum = createHash('sha1').update(tarball).digest('hex');
  const version = { ...manifest, dist: { tarball: `${url}/-/${file}`, integrity, shasum } };
  const versions = { [manifest.version]: version };
  const time = { [manifest.version]: '2020-01-01T00:00:00.000Z' };
  return { name: manifest.name, 'dist-tags': { latest: manifest.version }, versions, time };
}
