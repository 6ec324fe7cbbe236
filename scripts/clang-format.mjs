// Checks the C++ files with clang-format, or rewrites them with --write.
import { execFileSync, spawnSync } from 'node:child_process';
import { root, run } from './steps.mjs';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.cpp', '*.h', '*.inc'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter(Boolean);
if (spawnSync('clang-format', ['--version']).status !== 0) {
  console.error('spikelab: clang-format is missing: apt-get install -y clang-format');
  process.exit(1);
}
run('clang-format', process.argv.includes('--write') ? ['-i', ...files] : ['--dry-run', '--Werror', ...files]);
