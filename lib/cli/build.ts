/** `spikelab build`: compiles the addon where there is no ready-made one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

export function addBuild(program: Command): void {
  program
    .command('build')
    .summary('compile the native addon for this machine, against its own libhdf5')
    .description('Compiles the native addon for this machine, against its own libhdf5.')
    .action(() => {
      const script = fileURLToPath(new URL('../../scripts/build-addon.mjs', import.meta.url));
      const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
      process.exitCode = status ?? 1;
    });
}
