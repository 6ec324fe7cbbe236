/** A Kubernetes Indexed Job. */
import { containerfile, imageOf } from './container.js';
import { again, comments, type Job } from './job.js';

/** Pods at once: a namespace may have a quota. */
const mostPods = 50;
const retries = 3;

export function kubernetesFiles(job: Job): Record<string, string> {
  const { tasks, cores, memoryMb, minutes, out, flags, items, version, data, listPath } = job;
  const header = comments([
    `${items} items as an Indexed Job of ${tasks} pods, by spikelab ${version}. Needs Kubernetes 1.33 (1.29 with the feature`,
    'gate JobBackoffLimitPerIndex). Build and push the image (Containerfile), put its name below, and the name of a volume claim that',
    `every pod can mount (ReadWriteMany), with the recordings under ${data}. Then:`,
    '',
    `  copy items.jsonl to ${listPath} on that volume`,
    '  kubectl create -f job.yaml',
    '  kubectl logs -f -l job-name=spikelab',
    '',
    ...again,
    'A pod that ends with 3 is not started again; one that is evicted or preempted is, and that does not count as a failure.',
  ]);
  const command = ['spikelab', '--quiet', 'batch', listPath, '--out', out, ...flags];
  const text = JSON.stringify;
  return {
    Containerfile: containerfile(job),
    'job.yaml': `${header}
apiVersion: batch/v1
kind: Job
metadata:
  name: spikelab
spec:
  completionMode: Indexed
  completions: ${tasks}
  parallelism: ${Math.min(tasks, mostPods)}
  backoffLimitPerIndex: ${retries}
  maxFailedIndexes: ${tasks}
  podFailurePolicy:
    rules:
      # bad input, and wrong usage: the same would happen again
      - action: FailIndex
        onExitCodes:
          containerName: spikelab
          operator: In
          values: [2, 3]
      # eviction, preemption, a node that went
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
      activeDeadlineSeconds: ${minutes * 60}
      containers:
        - name: spikelab
          image: ${text(imageOf(job))}
          command: ${text(command)}
          env:
            # with JOB_COMPLETION_INDEX, which Kubernetes sets, the share of the pod
            - name: JOB_COMPLETIONS
              value: ${text(String(tasks))}
          resources:
            requests:
              cpu: ${text(String(cores))}
              memory: ${text(`${memoryMb}Mi`)}
            limits:
              cpu: ${text(String(cores))}
              memory: ${text(`${memoryMb}Mi`)}
          volumeMounts:
            - name: data
              mountPath: ${text(data)}
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: spikelab-data
`,
  };
}
