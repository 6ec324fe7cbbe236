/** `npm run fuzz:exports`: exports that are killed, or whose system calls fail, leave the old file or the new one. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random, subSeed } from '../../prove/random.js';
import { exporters } from './exporters.js';
import { Trials } from './trials.js';

const { values } = parseArgs({
  options: {
    ...{ kills: { type: 'string', default: '50' }, calls: { type: 'string', default: '60' } },
    ...{ seed: { type: 'string', default: Date.now().toString(36) }, only: { type: 'string', default: '' } },
  },
});
console.log(`seed ${values.seed}: ${values.kills} kills and up to ${values.calls} failing calls an exporter`);
const source = fileURLToPath(new URL('../../../../test/fuzz/exports/failing.c', import.meta.url));
const trials = new Trials(fileURLToPath(new URL('./child.js', import.meta.url)), source);
let [passed, failed] = [0, 0];
for (const exporter of exporters.filter(({ name }) => name.includes(values.only))) {
  const random = new Random(subSeed(values.seed, exporter.name));
  for (const way of ['killed', 'refused'] as const) {
    const versions = new Map<number | null, number>();
    const times = Number(way === 'killed' ? values.kills : values.calls);
    for await (const { what, failure, version } of trials[way](exporter, times, random)) {
      versions.set(version, (versions.get(version) ?? 0) + 1);
      if (failure) console.log(`FAILED ${exporter.name}, ${what}: ${failure}`);
      if (failure) failed++;
      else passed++;
    }
    console.log(
      `${exporter.name} ${way}: the old one ${versions.get(1) ?? 0} times, the new one ${versions.get(2) ?? 0} times`,
    );
  }
}
trials.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
