// Broken and hostile files through HTTP: the server stays up, and each ends as a result or as a problem document with a code.
//
//   node packages/server/test/prove/hostile.mjs FOLDER [--seconds 600] [--every 1]
//
// FOLDER/MANIFEST.jsonl has an object a line: id, file, loader (hdf5, nwb, kilosort, npz, pickle …), args, expect (ok, error, other).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './one-server.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '600' }, every: { type: 'string', default: '1' } },
});
const [folder] = positionals;
const camel = (name) => name.replace(/_+([A-Za-z0-9])/g, (_, letter) => letter.toUpperCase());
const formats = { hdf5: 'hdf5', nwb: 'nwb', kilosort: 'kilosort', npz: 'spikelab-npz', pickle: 'pickle' };

function requestOf({ loader, args }) {
  const plain = Object.entries(args).filter(
    ([name, value]) => !/pynwb|remote|^raw_/.test(name) && typeof value !== 'object',
  );
  const options = Object.fromEntries(plain.map(([name, value]) => [camel(name), value]));
  if (loader === 'thresholding') return { do: 'identify' };
  if (loader === 'hdf5_raw') return { do: 'detect', options };
  return { do: 'load', format: 'json', options: { from: formats[loader], ...options } };
}

const cases = readFileSync(join(folder, 'MANIFEST.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
/** Arguments that JSON has no way to say (NaN, arrays in memory), and paths that are not there, cannot be sent. */
const canBeSent = ({ file, args }) =>
  existsSync(join(folder, file)) &&
  !Object.keys(args).some((name) => /^raw_/.test(name)) &&
  Object.values(args).every((value) => typeof value !== 'object' || value === null);
const sendable = cases.filter(canBeSent);
console.log(`${cases.length - sendable.length} of ${cases.length} cases cannot be sent`);
const chosen = sendable.filter((_, i) => i % Number(values.every) === 0);
const server = await startServer(45_510, { jobs: 2, jobTime: '60s', memory: '1GiB' });
const { ask, data } = server;

async function upload(path, name) {
  if (!statSync(path).isDirectory())
    return (await ask('PUT', `/v1/uploads/${encodeURIComponent(name)}`, readFileSync(path))).body;
  const { id } = (await ask('POST', '/v1/uploads', { name })).body;
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    await ask(
      'PUT',
      `/v1/uploads/${id}/files/${encodeURIComponent(file.slice(path.length + 1)).replaceAll('%2F', '/')}`,
      readFileSync(file),
    );
  }
  return (await ask('POST', `/v1/uploads/${id}/complete`)).body;
}

async function one(each) {
  const sent = await upload(join(folder, each.file), each.file.split('/').at(-1));
  // a folder without a file is no upload
  if (!sent.id) return { code: sent.code };
  const asked = await ask('POST', '/v1/jobs', { upload: sent.id, ...requestOf(each) });
  if (asked.status !== 202) return { code: asked.body.code };
  let job;
  do job = (await ask('GET', `/v1/jobs/${asked.body.id}?wait=50`)).body;
  while (job.state === 'queued' || job.state === 'active');
  const result = await ask('GET', `/v1/jobs/${job.id}/result`);
  await ask('DELETE', `/v1/jobs/${job.id}`);
  await ask('DELETE', `/v1/uploads/${sent.id}`);
  return { job, result, code: job.problem?.code };
}

function faultOf({ expect, reference }, { job, result, code }) {
  if (code !== undefined && !/^ERR_[A-Z_]+$/.test(code)) return `a problem without a code of ours: ${code}`;
  if (code === 'ERR_INTERNAL') return `a fault of the server: ${job?.problem.detail}`;
  if (job && result) {
    const isProblem = /^application\/problem\+json/.test(result.type);
    if ((job.state === 'failed') !== isProblem) return `state ${job.state}, and the result is ${result.type}`;
    const text = Buffer.isBuffer(result.body) ? result.body.toString('latin1') : JSON.stringify(result.body);
    if (text.includes(data) || JSON.stringify(job).includes(data)) return 'a path of the server in the answer';
    if (text.includes('424242')) return 'bytes from outside of the file';
    if (/node_modules|\bat .+\.js:\d+/.test(JSON.stringify(job.problem ?? ''))) return 'a stack in the answer';
  }
  if (job?.do === 'identify') return null;
  if (expect === 'error' && job?.state === 'done' && job.do === 'load') return `accepted, ${job.spikes} spikes`;
  const good = reference?.ok;
  if (expect === 'ok' && job?.do === 'load' && good && (job.units !== good.units || job.spikes !== good.spikes)) {
    return `${job.units} units and ${job.spikes} spikes of a good file, expected ${good.units} and ${good.spikes} (${code})`;
  }
  return null;
}

const until = performance.now() + Number(values.seconds) * 1000;
const codes = {};
let [next, done, faults] = [0, 0, 0];
const lane = async () => {
  while (next < chosen.length && performance.now() < until) {
    const each = chosen[next++];
    let fault;
    try {
      const outcome = await one(each);
      fault = faultOf(each, outcome);
      const key = outcome.code ?? 'done';
      codes[key] = (codes[key] ?? 0) + 1;
    } catch (error) {
      fault = `no answer: ${error.message}`;
    }
    done++;
    if (fault) {
      faults++;
      console.log(`NOT  ${each.id} (${each.danger}): ${fault}`);
    }
  }
};
await Promise.all([lane(), lane(), lane()]);
const up = (await ask('GET', '/healthz')).status === 200;
const left = ['uploads', 'results', 'work'].map((name) => readdirSync(join(data, name)).length);
const ended = await server.stop();
console.log(
  `${done} of ${chosen.length} cases; ${Object.entries(codes)
    .map(([code, n]) => `${n} ${code}`)
    .join(', ')}`,
);
console.log(
  `server up: ${up}; left in uploads, results, work: ${left.join(', ')}; it ended with ${JSON.stringify(ended)}`,
);
console.log(`${done - faults} passed, ${faults} failed`);
process.exitCode = faults || !up ? 1 : 0;
