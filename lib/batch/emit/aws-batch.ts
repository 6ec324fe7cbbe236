/** An AWS Batch job definition, and the array job that uses it. */
import { containerfile, imageOf } from './container.js';
import { again, comments, type Job } from './job.js';

const attempts = 4;

export function awsBatchFiles(job: Job): Record<string, string> {
  const { tasks, cores, memoryMb, minutes, out, flags, items, version, data, listPath } = job;
  const header = comments([
    `${items} items as an AWS Batch array job of ${tasks} children, by spikelab ${version}. Build the image (Containerfile) and push it`,
    `to ECR, make an EFS file system with the recordings under ${data} (or name s3:// sources), and put image, file system, role`,
    'and queue into these two files. Then:',
    '',
    `  copy items.jsonl to ${listPath} on the file system`,
    '  aws batch register-job-definition --cli-input-yaml file://job-definition.yaml',
    '  aws batch submit-job --cli-input-yaml file://submit-job.yaml',
    '',
    ...again,
  ]);
  const command = ['spikelab', '--quiet', 'batch', listPath, '--out', out, ...flags];
  const text = JSON.stringify;
  return {
    Containerfile: containerfile(job),
    'job-definition.yaml': `${header}
jobDefinitionName: spikelab
type: container
platformCapabilities: [EC2]
retryStrategy:
  attempts: ${attempts}
  evaluateOnExit:
    - onExitCode: "4"
      action: RETRY
    # spot instances that are taken back
    - onStatusReason: "Host EC2*"
      action: RETRY
    - onReason: "*"
      action: EXIT
timeout:
  attemptDurationSeconds: ${minutes * 60}
containerProperties:
  image: ${text(imageOf(job))}
  command: ${text(command)}
  jobRoleArn: "arn:aws:iam::000000000000:role/spikelab"
  resourceRequirements:
    - type: VCPU
      value: ${text(String(cores))}
    - type: MEMORY
      value: ${text(String(memoryMb))}
  volumes:
    - name: data
      efsVolumeConfiguration:
        fileSystemId: fs-00000000
  mountPoints:
    - sourceVolume: data
      containerPath: ${text(data)}
      readOnly: false
`,
    'submit-job.yaml': `${header}
jobName: spikelab
jobQueue: spikelab
jobDefinition: spikelab
${tasks > 1 ? `arrayProperties:\n  size: ${tasks}\n` : '# one task: no array\n'}`,
  };
}
