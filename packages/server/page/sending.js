/** Uploads: small files in one piece, large ones in pieces that go on where they broke off (tus), folders file by file. */
import { ask, byId, Failure, say, size } from './api.js';

/** From this size on a file is sent in pieces. */
const largeBytes = 2 ** 26;
const pieceBytes = 2 ** 25;
const mostTries = 8;

let stop = null;

/** @param files of [name with folders, File]. @returns the upload */
export async function send(files) {
  const total = files.reduce((sum, [, file]) => sum + file.size, 0);
  const stopping = new AbortController();
  stop = () => stopping.abort();
  byId('sending').hidden = false;
  const show = (bytes) => {
    byId('sent').value = total ? bytes / total : 1;
    byId('sending-what').textContent = `${size(bytes)} of ${size(total)}`;
  };
  show(0);
  try {
    const [[name, file]] = files;
    if (files.length > 1 || name.includes('/')) return await sendFolder(files, show, stopping.signal);
    if (file.size >= largeBytes) return await sendPieces(file, show, stopping.signal);
    return await put(`/v1/uploads/${encodeURIComponent(file.name)}`, file, show, stopping.signal);
  } finally {
    byId('sending').hidden = true;
    stop = null;
  }
}

export const stopSending = () => stop?.();

async function sendFolder(files, show, signal) {
  const [first] = files[0][0].split('/');
  const upload = await ask('POST', '/v1/uploads', { name: files[0][0].includes('/') ? first : 'files' });
  let before = 0;
  try {
    for (const [name, file] of files) {
      const path = name.split('/').map(encodeURIComponent).join('/');
      await put(`/v1/uploads/${upload.id}/files/${path}`, file, (bytes) => show(before + bytes), signal);
      before += file.size;
    }
    return await ask('POST', `/v1/uploads/${upload.id}/complete`);
  } catch (error) {
    await ask('DELETE', `/v1/uploads/${upload.id}`).catch(() => {});
    throw error;
  }
}

/** With progress, which fetch has not. */
function put(path, file, show, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => show(loaded);
    request.onload = () => {
      const answer = request.responseText ? JSON.parse(request.responseText) : undefined;
      if (request.status < 300) resolve(answer);
      else reject(new Failure(request.status, answer));
    };
    request.onerror = () => reject(new Failure(0, { detail: 'The connection broke.' }));
    request.onabort = () => reject(new Failure(0, { code: 'ERR_CANCELLED', detail: 'Stopped.' }));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

const tus = { 'tus-resumable': '1.0.0' };

async function sendPieces(file, show, signal) {
  const metadata = `filename ${btoa(String.fromCharCode(...new TextEncoder().encode(file.name)))}`;
  const headers = { ...tus, 'upload-length': String(file.size), 'upload-metadata': metadata };
  const created = await fetch('/v1/tus', { method: 'POST', headers, signal });
  if (!created.ok) throw new Failure(created.status, await created.json().catch(() => undefined));
  const place = created.headers.get('location');
  let offset = 0;
  for (let tries = 0; offset < file.size; ) {
    try {
      const piece = file.slice(offset, offset + pieceBytes);
      const more = { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
      const answer = await fetch(place, { method: 'PATCH', headers: more, body: piece, signal });
      if (!answer.ok) throw new Failure(answer.status, await answer.json().catch(() => undefined));
      offset = Number(answer.headers.get('upload-offset'));
      tries = 0;
    } catch (error) {
      const isFinal = error instanceof Failure && error.status < 500 && error.status !== 409 && error.status !== 0;
      if (signal.aborted) await fetch(place, { method: 'DELETE', headers: tus }).catch(() => {});
      if (isFinal || signal.aborted || ++tries > mostTries) throw error;
      say(`The connection broke at ${size(offset)}; trying again…`);
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
      const at = await fetch(place, { method: 'HEAD', headers: tus, signal }).catch(() => null);
      if (at?.ok) offset = Number(at.headers.get('upload-offset'));
    }
    show(offset);
  }
  return ask('GET', `/v1/uploads/${place.split('/').at(-1)}`);
}

/** The files of a drop, with those in folders. */
export async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  const visit = async (entry, folder) => {
    const name = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isFile) found.push([name, await new Promise((resolve, reject) => entry.file(resolve, reject))]);
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
        if (!some.length) break;
        for (const inner of some) await visit(inner, name);
      }
    }
  };
  for (const entry of entries) await visit(entry, '');
  return found;
}
