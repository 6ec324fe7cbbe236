/** Shares of a list for machines that work apart: disjoint, complete, the same on each, and of about equal cost. */

/**
 * Costly items first, each to the share that has least so far. Depends on nothing but its arguments: the same on every machine.
 *
 * @param costs of each item; all zero counts items
 * @returns which share each item belongs to
 */
export function shareOut(costs: readonly number[], count: number): number[] {
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const order = costs.map((_, i) => i).sort((a, b) => costs[b] - costs[a] || a - b);
  const sums = new Array<number>(count).fill(0);
  const shares = new Array<number>(costs.length).fill(0);
  for (const item of order) {
    let least = 0;
    for (let share = 1; share < count; share++) if (sums[share] < sums[least]) least = share;
    shares[item] = least;
    sums[least] += total > 0 ? costs[item] + total / costs.length / 1e6 : 1;
  }
  return shares;
}

/** Tasks of an array tell each of their processes which one it is. */
export function shardOfTask(env: NodeJS.ProcessEnv): [index: number, count: number] | null {
  return (
    slurm(env) ??
    indexed(env, 'JOB_COMPLETION_INDEX', 'JOB_COMPLETIONS') ??
    indexed(env, 'AWS_BATCH_JOB_ARRAY_INDEX', 'AWS_BATCH_JOB_ARRAY_SIZE')
  );
}

/** The array may begin anywhere and go in steps: --array=10-40:10 are four tasks. */
function slurm(env: NodeJS.ProcessEnv): [number, number] | null {
  const id = whole(env.SLURM_ARRAY_TASK_ID);
  const count = whole(env.SLURM_ARRAY_TASK_COUNT);
  if (id === null || count === null) return null;
  const first = whole(env.SLURM_ARRAY_TASK_MIN) ?? 0;
  const step = whole(env.SLURM_ARRAY_TASK_STEP) ?? 1;
  const index = (id - first) / Math.max(1, step);
  // --array=1,5,17 has no step by which one could tell which of them this is
  return Number.isInteger(index) && index >= 0 && index < count ? [index, count] : null;
}

function indexed(env: NodeJS.ProcessEnv, indexName: string, countName: string): [number, number] | null {
  const [index, count] = [whole(env[indexName]), whole(env[countName])];
  return index === null || count === null || index >= count ? null : [index, count];
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}
