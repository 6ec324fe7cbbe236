/** How much memory this process and its children took at most since a moment. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Lets the kernel count anew; where it does not, the peak is that of the whole life of the process. */
export function resetPeak(): void {
  for (const id of ['self', ...children()]) {
    try {
      writeFileSync(`/proc/${id}/clear_refs`, '5');
    } catch {
      // another system, or not allowed
    }
  }
}

export function peakBytes(): number {
  const own = highWater('self') ?? process.resourceUsage().maxRSS * 1024;
  return children().reduce((sum, id) => sum + (highWater(id) ?? 0), own);
}

/** Confined readers, where items are isolated. */
function children(): string[] {
  try {
    return readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
  } catch {
    return [];
  }
}

function highWater(id: string): number | null {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
