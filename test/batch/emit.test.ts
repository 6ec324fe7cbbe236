import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { awsBatchFiles } from '../../lib/batch/emit/aws-batch.js';
import { jobOf } from '../../lib/batch/emit/job.js';
import { kubernetesFiles } from '../../lib/batch/emit/kubernetes.js';
import { nextflowFiles } from '../../lib/batch/emit/nextflow.js';
import { slurmFiles } from '../../lib/batch/emit/slurm.js';
import { workOf } from '../../lib/batch/items.js';
import type { BatchPlan } from '../../lib/batch/plan.js';
import type { BatchItem } from '../../lib/index.js';
import { useTemporaryFolder } from '../support/temporary.js';

const at = useTemporaryFolder();
const MiB = 2 ** 20;

/** Forty recordings of a minute of work and 200 MiB each; the last takes ten. */
async function made(more: Partial<BatchItem> = {}, out = "/data/lab's out", s3: Record<string, unknown> = {}) {
  const items = Array.from({ length: 40 }, (_, i) => ({ source: `/data/raw/${i}.h5`, ...more }));
  const work = await workOf(items);
  const planned = work.map(({ id, source }, i) => ({
    ...{ id, source, channels: 4, samples: 100, spikes: 0, outputBytes: 1000, error: null },
    ...{ seconds: i === 39 ? 600 : 60, memoryBytes: 200 * MiB },
  }));
  const total = {
    items: 40,
    samples: 0,
    seconds: 1500,
    memoryBytes: 500 * MiB,
    outputBytes: 0,
    jobs: 2,
    unreadable: 0,
  };
  const plan: BatchPlan = { items: planned, total };
  return jobOf(work, plan, { out, tasks: 8, jobs: 2, retries: 1, untrusted: true, s3 });
}
const rest = { memoryBytes: 1, outputBytes: 1, error: null };

describe('the job of a batch', () => {
  it('has absolute sources and costs, and what a task needs', async () => {
    const job = await made();
    const lines = job.list
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(40);
    expect(lines[39]).toEqual({
      ...{ source: '/data/raw/39.h5', id: '39', do: 'detect', format: 'parquet', options: {}, output: '39.parquet' },
      cost: 600,
    });
    // two items of 200 MiB and 100 of the runner, and 30 % more; ten minutes three times
    expect(job).toMatchObject({ tasks: 8, cores: 2, memoryMb: 650, minutes: 30, data: '/data' });
    expect(job.flags).toEqual(['--jobs', '2', '--retries', '1', '--untrusted']);
  });

  it('refuses keys: its files are copied and shown', async () => {
    await expect(made({ options: { awsSecretAccessKey: 'geheim' } })).rejects.toThrow(
      /options\.awsSecretAccessKey must be left out/,
    );
    await expect(made({ options: { awsSecretAccessKey: 'geheim' } })).rejects.not.toThrow(/geheim/);
  });
});

describe('the job of a batch into S3', () => {
  const place = { endpointUrl: 'https://s3.lab', awsSecretAccessKey: 'geheim' };
  it('names the prefix as it is, reads the list from the volume of the recordings, and tells no keys', async () => {
    const job = await made({}, 's3://lab/out', place);
    expect([job.out, job.data, job.listPath]).toEqual(['s3://lab/out', '/data/raw', '/data/raw/items.jsonl']);
    expect(job.flags.slice(-2)).toEqual(['--option', 'endpointUrl=https://s3.lab']);
    const { 'job.yaml': yaml } = kubernetesFiles(job);
    expect(yaml).toContain('"batch","/data/raw/items.jsonl","--out","s3://lab/out","--jobs"');
    for (const text of Object.values({ ...kubernetesFiles(job), ...awsBatchFiles(job), ...slurmFiles(job) }))
      expect(text).not.toContain('geheim');
  });

  it('needs a volume for the list alone where the recordings are in S3 too', async () => {
    const items = await workOf([{ source: 's3://lab/a.h5' }]);
    const total = { items: 1, samples: 0, seconds: 1, memoryBytes: 1, outputBytes: 0, jobs: 1, unreadable: 0 };
    const plan: BatchPlan = {
      items: [{ ...{ id: 'a', source: 's3://lab/a.h5', channels: 1, samples: 1, spikes: 0, seconds: 1 }, ...rest }],
      total,
    };
    const job = jobOf(items, plan, { out: 's3://lab/out', tasks: 1, jobs: 1, retries: 1, untrusted: false });
    expect([job.data, job.listPath]).toEqual(['/data', '/data/items.jsonl']);
  });
});

describe('files for', () => {
  it('Slurm: a script that bash and sbatch read', async () => {
    const { 'spikelab.slurm': script } = slurmFiles(await made());
    const options = [...script.matchAll(/^#SBATCH (--\S+)$/gm)].map(([, option]) => option);
    expect(options).toEqual([
      ...['--job-name=spikelab', '--array=0-7', '--nodes=1', '--ntasks=1', '--cpus-per-task=2', '--mem=650M'],
      ...['--time=00:30:00', '--requeue', '--open-mode=append', '--output=spikelab-%A_%a.log', '--signal=B:TERM@60'],
    ]);
    expect(script).toMatch(/^#!\/bin\/bash\n# 40 items as a Slurm array of 8 tasks/);
    expect(script).toContain('  sbatch spikelab.slurm');
    writeFileSync(at('job.sh'), script);
    expect(spawnSync('bash', ['-n', at('job.sh')]).status).toBe(0);
  });

  it.each([
    [0, 0, ''],
    [3, 3, ''],
    // what may pass is put back by Slurm
    [4, 4, 'requeue 9_2\n'],
  ])('Slurm: a task whose items end with %d ends with %d', async (ends, status, told) => {
    const { 'spikelab.slurm': script } = slurmFiles(await made({}, at("lab's out")));
    writeFileSync(at('job.sh'), script);
    const tool = (name: string, text: string) => writeFileSync(at(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    tool('spikelab', `printf '%s|' "$@" > '${at('arguments')}'; exit ${ends}`);
    tool('scontrol', `echo "$@" >> '${at('told')}'`);
    writeFileSync(at('told'), '');
    const env = { ...process.env, PATH: `${at('')}:${process.env.PATH}`, SLURM_SUBMIT_DIR: at('') };
    const task = { SLURM_ARRAY_JOB_ID: '9', SLURM_ARRAY_TASK_ID: '2', SLURM_RESTART_COUNT: '0' };
    const ended = spawnSync('bash', [at('job.sh')], { env: { ...env, ...task }, encoding: 'utf8' });
    expect([ended.status, ended.stderr]).toEqual([status, '']);
    const read = (name: string) => execFileSync('cat', [at(name)], { encoding: 'utf8' });
    expect(read('told')).toBe(told);
    const given = [
      'batch',
      'items.jsonl',
      '--out',
      at("lab's out"),
      '--shard',
      '3/8',
      '--jobs',
      '2',
      '--retries',
      '1',
      '--untrusted',
    ];
    expect(read('arguments')).toBe(`${given.join('|')}|`);
  });

  it('Kubernetes: an Indexed Job that fails bad input and starts evicted pods again', async () => {
    const { 'job.yaml': job, Containerfile } = kubernetesFiles(await made());
    expect(job).toMatch(/^# 40 items as an Indexed Job of 8 pods[\s\S]*\n# {3}kubectl create -f job\.yaml/);
    const has = (text: string) => expect(job.replace(/\n */g, '\n')).toContain(text);
    has('apiVersion: batch/v1\nkind: Job\n');
    has('completionMode: Indexed\ncompletions: 8\nparallelism: 8\nbackoffLimitPerIndex: 3\nmaxFailedIndexes: 8\n');
    has('- action: FailIndex\nonExitCodes:\ncontainerName: spikelab\noperator: In\nvalues: [2, 3]\n');
    has('- action: Ignore\nonPodConditions:\n- type: DisruptionTarget\nstatus: "True"\n');
    has('requests:\ncpu: "2"\nmemory: "650Mi"\nlimits:\ncpu: "2"\nmemory: "650Mi"\n');
    has('restartPolicy: Never\n');
    expect(job).toContain(
      `command: ["spikelab","--quiet","batch","/data/lab's out/items.jsonl","--out","/data/lab's out","--jobs"`,
    );
    expect(Containerfile).toMatch(/^RUN npm install --global spikelab@\d+\.\d+\.\d+/m);
  });

  it('AWS Batch: a definition with retries by exit code, and an array job', async () => {
    const files = awsBatchFiles(await made());
    const definition = files['job-definition.yaml'].replace(/\n */g, '\n');
    expect(definition).toContain('retryStrategy:\nattempts: 4\nevaluateOnExit:\n- onExitCode: "4"\naction: RETRY\n');
    expect(definition).toContain('- type: VCPU\nvalue: "2"\n- type: MEMORY\nvalue: "650"\n');
    expect(files['submit-job.yaml']).toMatch(/arrayProperties:\n {2}size: 8\n/);
    expect(files['submit-job.yaml']).toContain('  aws batch submit-job --cli-input-yaml file://submit-job.yaml');
  });

  it('Nextflow: a process with a share each, and profiles', async () => {
    const { 'main.nf': main, 'nextflow.config': config } = nextflowFiles(await made());
    expect(main).toContain("params.out = '/data/lab\\'s out'");
    expect(main).toContain('Channel.of(1..params.shares) | SPIKELAB');
    expect(main).toMatch(/errorStrategy \{ task\.exitStatus in \[4, 104\]/);
    expect([...config.matchAll(/^ {4}(\w+) \{$/gm)].map(([, name]) => name)).toEqual([
      'local',
      'slurm',
      'awsbatch',
      'k8s',
    ]);
    for (const text of [main, config]) expect(text.split('{').length).toBe(text.split('}').length);
  });

  const python = spawnSync('/usr/bin/python3', ['-c', 'import yaml']).status === 0;
  it.skipIf(!python)("engines of YAML: files that Python's yaml reads as they are meant", async () => {
    const files = { ...kubernetesFiles(await made()), ...awsBatchFiles(await made()) };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    const read = (name: string) =>
      JSON.parse(
        execFileSync(
          '/usr/bin/python3',
          ['-c', 'import json,sys,yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)', join(at(''), name)],
          { encoding: 'utf8' },
        ),
      );
    const { spec } = read('job.yaml');
    expect(spec.template.spec.containers[0].env).toEqual([{ name: 'JOB_COMPLETIONS', value: '8' }]);
    expect(spec.podFailurePolicy.rules.map(({ action }: { action: string }) => action)).toEqual([
      'FailIndex',
      'Ignore',
    ]);
    expect(read('job-definition.yaml').retryStrategy.evaluateOnExit).toHaveLength(3);
    expect(read('submit-job.yaml').arrayProperties).toEqual({ size: 8 });
  });
});
