import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resources } from '../../lib/batch/resources.js';
import { shardOfTask, shareOut } from '../../lib/batch/shards.js';
import { runBatch } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';
import { all, pulseOptions, pulses, resultLines } from './support.js';

const at = useTemporaryFolder();

describe('shares', () => {
  // unequal in turns and along the list, so that neither every n-th item nor n blocks of it are fair
  const costs = Array.from({ length: 200 }, (_, i) => (1 + (i % 2) * 8 + (i % 3) * 4 + (i % 7)) * (1 + i / 20));
  it.each([1, 2, 3, 7])('of %d are disjoint, complete and within 10 %% of each other', (count) => {
    const shares = shareOut(costs, count);
    expect(shares).toHaveLength(costs.length);
    expect([...new Set(shares)].sort()).toEqual(Array.from({ length: count }, (_, i) => i));
    const sums = Array.from({ length: count }, (_, share) =>
      costs.reduce((sum, cost, i) => sum + (shares[i] === share ? cost : 0), 0),
    );
    expect(Math.max(...sums)).toBeLessThan(1.1 * Math.min(...sums));
    expect(shareOut(costs, count)).toEqual(shares);
  });

  it('count items where nobody knows what they cost', () => {
    expect(shareOut([0, 0, 0, 0], 2)).toEqual([0, 1, 0, 1]);
    expect(shareOut([], 3)).toEqual([]);
  });

  it('of machines that work apart come to each item once, also where one of them sees fewer files', async () => {
    const items = Array.from({ length: 9 }, (_, i) => ({ source: at(`${i}.dat`), options: pulseOptions }));
    for (const { source } of items) pulses(source, 1);
    const out = at('out');
    const apart = await Promise.all([0, 1, 2].map((i) => all(items, { out, shard: [i, 3], jobs: 1 })));
    expect(apart.map((results) => results.length)).toEqual([3, 3, 3]);
    expect(apart.flat().every(({ status }) => status === 'done')).toBe(true);
    expect(
      resultLines(out)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(items.map((_, i) => String(i)));
    // decided once: what a machine sees later changes nothing
    writeFileSync(items[0].source, Buffer.alloc(400_000));
    const [later] = await Promise.all([all(items, { out, shard: [0, 3], jobs: 1 })]);
    expect(later.map(({ id }) => id)).toEqual(apart[0].map(({ id }) => id));
    expect(readdirSync(join(out, '.spikelab', 'shares'))).toHaveLength(1);
  });

  it('go by the cost that the list says', async () => {
    const costs = [10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
    const items = costs.map((cost, i) => ({ source: at(`none${i}`), cost }));
    const [first, second] = await Promise.all([0, 1].map((i) => all(items, { out: at('out'), shard: [i, 2] })));
    expect([first.length, second.length].sort()).toEqual([1, 10]);
    await expect(all([{ source: 'a', cost: -1 }], { out: at('out') })).rejects.toThrow(/items\[0\]\.cost must be/);
    expect(runBatch).toBeTypeOf('function');
  });
});

describe('the share of an array task', () => {
  it.each([
    [{ SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_COUNT: '8', SLURM_ARRAY_TASK_MIN: '0' }, [3, 8]],
    [{ SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '8', SLURM_ARRAY_TASK_MIN: '1' }, [0, 8]],
    [
      {
        SLURM_ARRAY_TASK_ID: '30',
        SLURM_ARRAY_TASK_COUNT: '4',
        SLURM_ARRAY_TASK_MIN: '10',
        SLURM_ARRAY_TASK_STEP: '10',
      },
      [2, 4],
    ],
    [{ JOB_COMPLETION_INDEX: '0', JOB_COMPLETIONS: '5' }, [0, 5]],
    [{ AWS_BATCH_JOB_ARRAY_INDEX: '4', AWS_BATCH_JOB_ARRAY_SIZE: '5' }, [4, 5]],
    // --array=1,5,17: which of the three is task 17?
    [{ SLURM_ARRAY_TASK_ID: '17', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_MIN: '1' }, null],
    [{ JOB_COMPLETION_INDEX: '0' }, null],
    [{}, null],
  ])('%j is %j', (env, expected) => {
    expect(shardOfTask(env)).toEqual(expected);
  });
});

describe('resources', () => {
  const whole = { cores: 16, memoryBytes: 64 * 2 ** 30 };
  const of = (files: Record<string, string>, env = {}) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    }
    return resources(at(''), env, whole);
  };

  it('are the machine where nothing limits them', () => {
    const unlimited = {
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/memory.max': 'max\n',
    };
    expect(of(unlimited)).toEqual(whole);
    expect(of({})).toEqual(whole);
  });

  it('are those of the narrowest control group above, version 2', () => {
    const files = {
      'proc/self/cgroup': '0::/pods/one\n',
      'sys/fs/cgroup/pods/cpu.max': '250000 100000\n',
      'sys/fs/cgroup/pods/one/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/pods/one/memory.max': '2147483648\n',
    };
    expect(of(files)).toEqual({ cores: 2, memoryBytes: 2 ** 31 });
  });

  it('are those of control groups version 1, also where a container sees only its own', () => {
    const files = {
      'proc/self/cgroup': '4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '1073741824\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    };
    expect(of(files)).toEqual({ cores: 1, memoryBytes: 2 ** 30 });
    const none = { 'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' };
    expect(of({ ...files, ...none }).memoryBytes).toBe(whole.memoryBytes);
  });

  it("are Slurm's allotment, also where it holds nobody to it", () => {
    expect(of({}, { SLURM_CPUS_PER_TASK: '3', SLURM_MEM_PER_NODE: '2000' })).toEqual({
      cores: 3,
      memoryBytes: 2000 * 2 ** 20,
    });
  });
});
