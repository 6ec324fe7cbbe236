/** A Slurm array script. */
import { again, comments, type Job, quoted } from './job.js';

/** How often a task is put back by itself when items failed for a reason that may pass. */
const requeues = 3;

export function slurmFiles(job: Job): Record<string, string> {
  const { tasks, cores, memoryMb, minutes, out, flags, items, version } = job;
  const header = comments([
    `${items} items as a Slurm array of ${tasks} tasks, by spikelab ${version}. From this folder:`,
    '',
    '  sbatch spikelab.slurm',
    '',
    'Where spikelab is not on the PATH of the nodes: sbatch --export=ALL,SPIKELAB=/path/to/node_modules/.bin/spikelab spikelab.slurm',
    'Account, partition and the like: as flags of sbatch, or as lines below. Single tasks again: sbatch --array=3,5 spikelab.slurm',
    '',
    ...again,
  ]);
  return {
    'spikelab.slurm': `#!/bin/bash
${header}
#SBATCH --job-name=spikelab
#SBATCH --array=0-${tasks - 1}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${cores}
#SBATCH --mem=${memoryMb}M
#SBATCH --time=${hours(minutes)}
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=spikelab-%A_%a.log
#SBATCH --signal=B:TERM@60
set -uo pipefail
cd "\${SLURM_SUBMIT_DIR:-.}" || exit 2
: "\${SPIKELAB:=spikelab}"
share=$((SLURM_ARRAY_TASK_ID + 1))/${tasks}

# bash hears of a signal once its child has ended: the child is told by itself, and hands its items back
$SPIKELAB batch items.jsonl --out ${quoted(out)} --shard "$share" ${flags.map(quoted).join(' ')} &
child=$!
trap 'kill -TERM "$child"' TERM
status=0
wait "$child" || status=$?
# a signal ends the first wait, not the child
while kill -0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done
if [ "$status" -eq 4 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${requeues} ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$status"
`,
  };
}

function hours(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00`;
}
