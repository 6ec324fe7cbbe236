// Load on loopback, bounded: some clients that upload files of mixed kinds and ask what they are, and many that poll a job. No request
// may fail; the delay of the server's event loop and its memory are printed, and how long requests took.
//
//   node packages/server/test/prove/load.mjs [--seconds 60] [--uploaders 64] [--pollers 1000]
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { metric, root, startServer } from './one-server.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    uploaders: { type: 'string', default: '64' },
    pollers: { type: 'string', default: '1000' },
  },
});
const [seconds, uploaders, pollers] = ['seconds', 'uploaders', 'pollers'].map((name) => Number(values[name]));
/** One in so many uploads becomes a job: the cores are the jobs', and they would only wait. */
const jobEvery = 20;
/** Between two questions of one polling client. */
const pollMs = 2000;

const files = [
  'nwb/full.nwb',
  'cli/recording.h5',
  'tables/spikes.csv',
  'npz/sorted.npz',
  'pickle/spikedata.p4.pkl',
].map((name) => [name.split('/').at(-1), readFileSync(join(root, 'fixtures', name))]);
const server = await startServer(45_520, { jobs: 1, clientJobs: 100_000, clientRequests: 0 });
console.log(`the server was ready after ${Math.round(server.startMs)} ms`);
const agent = new Agent({ keepAlive: true, maxSockets: uploaders + pollers });
const times = { upload: [], poll: [], remove: [] };
const failures = new Map();

function ask(kind, method, path, body) {
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (status, text) => {
      times[kind]?.push(performance.now() - start);
      if (status >= 300)
        failures.set(
          `${kind} ${status} ${text.slice(0, 120)}`,
          (failures.get(`${kind} ${status} ${text.slice(0, 120)}`) ?? 0) + 1,
        );
      resolve(text ? JSON.parse(text) : {});
    };
    const headers = body === undefined ? {} : { 'content-length': body.length };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    const sent = request(`${server.url}${path}`, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more) => {
        text += more;
      });
      response.on('end', () => end(response.statusCode, text));
    });
    sent.on('error', (error) => end(599, JSON.stringify(error.message)));
    sent.end(body);
  });
}

const until = performance.now() + seconds * 1000;
const jobs = [];
let sent = 0;
async function uploader() {
  while (performance.now() < until) {
    const [name, bytes] = files[sent++ % files.length];
    const { id } = await ask('upload', 'PUT', `/v1/uploads/${name}`, bytes);
    if (!id) continue;
    if (sent % jobEvery === 0) {
      const job = await ask('job', 'POST', '/v1/jobs', JSON.stringify({ upload: id, do: 'identify' }));
      if (job.id) jobs.push(job.id);
    } else await ask('remove', 'DELETE', `/v1/uploads/${id}`);
  }
}
async function poller(index) {
  await sleep((index / pollers) * pollMs);
  while (performance.now() < until) {
    const id = jobs[index % Math.max(1, jobs.length)];
    if (id) await ask('poll', 'GET', `/v1/jobs/${id}`);
    await sleep(pollMs);
  }
}
let most = 0;
const watch = setInterval(() => {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}, 500);
await Promise.all([
  ...Array.from({ length: uploaders }, uploader),
  ...Array.from({ length: pollers }, (_, index) => poller(index)),
]);
const metrics = (await server.ask('GET', '/metrics')).body.toString();
const cpu = metric(metrics, 'process_cpu_seconds_total');
clearInterval(watch);
agent.destroy();
const quantile = (list, q) =>
  list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))] ?? Number.NaN;
for (const [kind, list] of Object.entries(times)) {
  console.log(
    `${list.length} ${kind}: p50 ${quantile(list, 0.5).toFixed(0)} ms, p99 ${quantile(list, 0.99).toFixed(0)} ms`,
  );
}
const lag = (name) => (metric(metrics, `nodejs_eventloop_lag_${name}_seconds`) * 1000).toFixed(1);
// Node's histogram holds its own interval of 10 ms in each value
console.log(`event loop of the server: p50 ${lag('p50')} ms, p99 ${lag('p99')} ms, with the 10 ms between two looks`);
console.log(
  `most memory of the server's process: ${most.toFixed(0)} MB; its CPU: ${cpu.toFixed(0)} s; ${jobs.length} jobs asked for`,
);
console.log(
  `folders of uploads: ${readdirSync(join(server.data, 'uploads')).length}, of which ${jobs.length} are of jobs`,
);
await server.stop();
for (const [what, count] of failures) console.log(`NOT  ${count} × ${what}`);
console.log(`${[...failures.values()].reduce((sum, count) => sum + count, 0)} failures`);
process.exitCode = failures.size ? 1 : 0;
