/** A folder that came as one zip, unpacked into files of an upload: names and sizes are looked at before anything is written. */
import { join } from 'node:path';
import yauzl, { type Entry } from 'yauzl';
import { Problem } from '../core/problem.js';
import { partsOf } from './names.js';
import { type Budget, receive } from './receive.js';

const badZip = (what: string) => new Problem(422, 'ERR_FORMAT', `The zip ${what}.`);

const symbolicLink = 0o120000;
const kindMask = 0o170000;
const encrypted = 0x1;

/** @param folder where its files are written. @throws Problem */
export async function unpack(path: string, folder: string, budget: Budget): Promise<void> {
  const zip = await opened(path);
  try {
    const entries = await listed(zip, budget);
    for (const entry of entries) {
      const parts = partsOf(entry.fileName);
      await receive(await contents(zip, entry), join(folder, ...parts), budget);
    }
  } finally {
    zip.close();
  }
}

/** Promises of yauzl's callbacks. */
function opened(path: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error) reject(badZip(`cannot be read: ${error.message}`));
      else resolve(zip);
    });
  });
}

function contents(zip: yauzl.ZipFile, entry: Entry): Promise<import('node:stream').Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(badZip(`cannot be read at ${JSON.stringify(entry.fileName)}: ${error.message}`));
      stream.on('error', (cause) => {
        Object.assign(cause, { zip: true });
      });
      resolve(stream);
    });
  });
}

/** The files; folders come with them. */
function listed(zip: yauzl.ZipFile, budget: Budget): Promise<Entry[]> {
  const files: Entry[] = [];
  const names = new Set<string>();
  let bytes = 0;
  return new Promise((resolve, reject) => {
    zip.on('error', (error: Error) => reject(badZip(`cannot be read: ${error.message}`)));
    zip.on('end', () => resolve(files));
    zip.on('entry', (entry: Entry) => {
      try {
        if (!entry.fileName.endsWith('/')) {
          check(entry);
          bytes += entry.uncompressedSize;
          files.push(entry);
          // some file systems do not tell capitals apart
          const name = entry.fileName.toLowerCase();
          if (names.has(name)) throw badZip(`has two files named ${JSON.stringify(entry.fileName)}`);
          names.add(name);
          if (bytes > budget.bytes || files.length > budget.files) throw budget.over();
        }
        zip.readEntry();
      } catch (error) {
        reject(error);
      }
    });
    zip.readEntry();
  });
}

function check({ fileName, externalFileAttributes, generalPurposeBitFlag }: Entry): void {
  partsOf(fileName);
  const mode = externalFileAttributes >>> 16;
  if ((mode & kindMask) === symbolicLink)
    throw badZip(`has a link, ${JSON.stringify(fileName)}: send what it leads to`);
  if (generalPurposeBitFlag & encrypted) throw badZip('is encrypted: send it without a password');
}
