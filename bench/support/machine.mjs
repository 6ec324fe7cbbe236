/** What a result was measured on. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { native } from '../../dist/addon/binding.js';

const git = (...args) => {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

/** The checked-out commit, and whether anything but the results themselves differs from it. */
function commit() {
  const hash = git('rev-parse', '--short', 'HEAD');
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ':!/bench/results.md');
  return hash ? `commit ${hash}${changed ? ' with changes' : ''}` : 'no git checkout';
}

export function describeRun() {
  const { hdf5, signalKernels } = native().buildInfo();
  const processors = cpus();
  return [
    new Date().toISOString().slice(0, 10),
    commit(),
    `${processors.length} × ${processors[0].model.trim()}`,
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${process.platform} ${release()}`,
    `Node ${process.versions.node}`,
    `HDF5 ${hdf5}`,
    process.env.SPIKELAB_ISA ?? signalKernels.at(-1),
  ].join(', ');
}
