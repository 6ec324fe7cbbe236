/** A Nextflow module: one process, a share each. */
import { containerfile, imageOf } from './container.js';
import { again, comments, type Job, quoted } from './job.js';

const retries = 3;

export function nextflowFiles(job: Job): Record<string, string> {
  const { tasks, cores, memoryMb, minutes, out, flags, items, version } = job;
  const header = comments(
    [
      `${items} items in ${tasks} shares, by spikelab ${version}. Needs Nextflow 24.04. From this folder:`,
      '',
      '  nextflow run main.nf -profile local        # or slurm, awsbatch, k8s: nextflow.config',
      '',
      ...again,
    ],
    '//',
  );
  const literal = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return {
    Containerfile: containerfile(job),
    'main.nf': `#!/usr/bin/env nextflow
${header}
nextflow.enable.dsl = 2

params.list = "\${projectDir}/items.jsonl"
params.out = ${literal(out)}
params.shares = ${tasks}

process SPIKELAB {
    tag "\${share}/\${params.shares}"
    cpus ${cores}
    memory { ${memoryMb}.MB * task.attempt }
    time { ${minutes}.min * task.attempt }
    // 4: may pass; 104 and 130 to 143: killed by what runs the task
    errorStrategy { task.exitStatus in [4, 104] || task.exitStatus in (130..143) ? 'retry' : 'ignore' }
    maxRetries ${retries}

    input:
    val share

    output:
    val share

    script:
    """
    spikelab --quiet batch "\${params.list}" --out "\${params.out}" --shard \${share}/\${params.shares} ${flags.map(quoted).join(' ')}
    """
}

workflow {
    Channel.of(1..params.shares) | SPIKELAB
}
`,
    'nextflow.config': `${comments(
      [
        'Where the shares of main.nf run: nextflow run main.nf -profile slurm. Put the name of your image, queue, bucket or volume claim below.',
        `list and out (${out}) must be where every task sees them.`,
      ],
      '//',
    )}
profiles {
    local {
        process.executor = 'local'
    }
    slurm {
        process.executor = 'slurm'
        process.array = ${Math.max(2, Math.min(tasks, 1000))}
    }
    awsbatch {
        process.executor = 'awsbatch'
        process.queue = 'spikelab'
        process.array = ${Math.max(2, Math.min(tasks, 1000))}
        process.container = ${literal(imageOf(job))}
        workDir = 's3://bucket/work'
    }
    k8s {
        process.executor = 'k8s'
        process.container = ${literal(imageOf(job))}
        k8s.storageClaimName = 'spikelab-data'
    }
}
`,
  };
}
