/** Memory and processor time of a process and all below it. */
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Seconds of processor time that a process and its children, also those that ended, have had. */
export function processorSeconds(id) {
  try {
    // after the name in parentheses: state, ..., utime, stime, cutime, cstime at 11 to 14
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ');
    const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
    const children = readFileSync(`/proc/${id}/task/${id}/children`, 'utf8').split(' ').filter(Boolean);
    return own + children.reduce((sum, child) => sum + processorSeconds(child), 0);
  } catch {
    return 0;
  }
}

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
