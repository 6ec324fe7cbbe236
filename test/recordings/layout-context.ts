/** What opening a recording is given, for files that a test has at hand. */
import { resolveLimits } from '../../lib/core/options.js';
import { ReportBuilder } from '../../lib/core/report.js';
import type { RecordContext } from '../../lib/recordings/recording-format.js';

export function contextOf(folder: string): RecordContext {
  const cleanUps: (() => Promise<void> | void)[] = [];
  const unused = () => Promise.reject(new Error('not needed here'));
  return {
    report: new ReportBuilder('recording', folder, () => {}),
    limits: resolveLimits(undefined),
    followLinks: 'inside',
    options: {},
    signal: undefined,
    onProgress: undefined,
    remoteFile: async () => null,
    localFile: unused,
    localFolder: unused,
    openBytes: unused,
    onEnd: (cleanUp) => cleanUps.push(cleanUp),
    close: async () => {
      for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    },
  };
}
