/** What a zip archive says that it holds. */
import { checkZipEnd } from './end.js';

/** Archives of whole sessions may have a million members; the first say what it is. */
const maxNames = 5000;

/** Names of the members. @throws Error where the file is no sound zip */
export async function zipNames(path: string): Promise<string[]> {
  await checkZipEnd(path);
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true });
  try {
    const names: string[] = [];
    for await (const entry of zip.eachEntry()) {
      names.push(entry.fileName);
      if (names.length >= maxNames) break;
    }
    return names;
  } finally {
    zip.close();
  }
}
