/** The image that the engines with containers run. */
import { comments, type Job } from './job.js';

export const imageOf = ({ version }: Job): string => `registry.example.org/spikelab:${version}`;

export function containerfile(job: Job): string {
  const image = imageOf(job);
  const header = comments([
    'The image of the tasks. With podman, or docker in its place:',
    '',
    `  podman build -t ${image} -f Containerfile .`,
    `  podman push ${image}`,
    '',
    'and put the name of your registry into the other files.',
  ]);
  return `${header}
FROM docker.io/library/node:22-slim
RUN npm install --global spikelab@${job.version} && npm cache clean --force
USER node
`;
}
