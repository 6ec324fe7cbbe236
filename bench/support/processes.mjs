/** Memory of a process and all below it. */
import { readFileSync } from 'node:fs';

/** The most that a process and its children had at one moment, looked at ten times a second. */
export function watchMemory(child) {
  let most = 0;
  const timer = setInterval(() => {
    const of = (id) => {
      try {
        const children = readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').split(' ').filter(Boolean);
        const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0);
        return 1024 * kilobytes + children.reduce((sum, each) => sum + of(each), 0);
      } catch {
        return 0;
      }
    };
    most = Math.max(most, of(child.pid));
  }, 100);
  return () => {
    clearInterval(timer);
    return most;
  };
}
