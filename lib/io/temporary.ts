/** Private folders for fetched files. They go when their load ends, and at the latest when the process exits. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const living = new Set<string>();
let watching = false;

export async function makeTemporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  // mkdtemp makes it readable by this user only
  const path = await mkdtemp(join(tmpdir(), 'spikelab-'));
  living.add(path);
  if (!watching) process.on('exit', removeAll);
  watching = true;
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      living.delete(path);
    },
  };
}

function removeAll(): void {
  for (const path of living) rmSync(path, { recursive: true, force: true });
}

/** The last part of a remote path as a name that every file system takes; never a way out of the folder. */
export function safeFileName(remotePath: string): string {
  const last = remotePath.split(/[/\\]/).filter(Boolean).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  const clean = last.replace(/[<>:"|?*\u0000-\u001f\u007f]/g, '_').replace(/[. ]+$/, '');
  const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(clean) || /^\.*$/.test(clean);
  return (reserved ? `_${clean}` : clean).slice(-200);
}
