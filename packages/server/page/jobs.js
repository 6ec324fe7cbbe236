/** The jobs: their progress as it comes, their results, and how to stop them. */
import { ask, byId, make, say, size } from './api.js';

const rows = new Map();
const streams = new Map();
const isOpen = ({ state }) => state === 'queued' || state === 'active';

export async function showJobs() {
  const { jobs } = await ask('GET', '/v1/jobs?limit=50');
  const shown = jobs.filter((job) => job.do !== 'identify' || isOpen(job) || job.state === 'failed');
  const place = byId('jobs');
  if (!shown.length) return place.replaceChildren(make('p', { class: 'soft' }, 'None yet.'));
  rows.clear();
  const head = ['What', 'State', 'Found', 'Results', ''].map((text) => make('th', { scope: 'col' }, text));
  const body = make('tbody', {}, ...shown.map((job) => rowOf(job)));
  place.replaceChildren(make('table', {}, make('thead', {}, make('tr', {}, ...head)), body));
  for (const job of shown) if (isOpen(job)) watch(job.id);
}

/** @returns the job when it has ended */
export function watch(id) {
  if (streams.has(id)) return;
  const stream = new EventSource(`/v1/jobs/${id}/events`);
  streams.set(id, stream);
  stream.addEventListener('job', ({ data }) => {
    const job = JSON.parse(data);
    rows.get(id)?.replaceWith(rowOf(job));
    if (isOpen(job)) return;
    stream.close();
    streams.delete(id);
    say(
      `${job.do} ${job.path ?? job.source}: ${job.state}${job.problem ? `. ${job.problem.detail}` : ''}`,
      !!job.problem,
    );
    if (job.do === 'view' && job.state === 'done') openView(job);
  });
}

function rowOf(job) {
  const row = make(
    'tr',
    {},
    make(
      'td',
      {},
      `${job.do} ${job.path === '.' ? '' : (job.path ?? job.source)}`,
      make('div', { class: 'soft' }, new Date(job.created).toLocaleTimeString()),
    ),
    make('td', {}, ...stateOf(job)),
    make('td', {}, job.units === undefined ? '' : `${job.units} units, ${job.spikes} spikes`),
    make('td', {}, ...job.results.flatMap((result) => [link(job, result), ' '])),
    make('td', {}, action(job)),
  );
  rows.set(job.id, row);
  return row;
}

function stateOf({ state, progress, problem, warnings = [] }) {
  if (state === 'active') return [make('progress', { max: 1, value: progress, 'aria-label': 'Progress' })];
  if (problem) return [make('span', { class: 'bad' }, problem.detail), make('div', { class: 'soft' }, problem.code)];
  const notes = warnings.slice(0, 3).map(({ message }) => make('div', { class: 'soft' }, message));
  return [state, ...notes];
}

function link(job, { name, format, bytes, href }) {
  if (job.do === 'view') return make('button', { type: 'button', onclick: () => openView(job) }, 'Show');
  const text = `${name.replace(/^result\.?/, '') || format} (${size(bytes)})`;
  return make('a', { href, download: `${job.do}-${name.replaceAll('/', '-')}` }, text);
}

function action(job) {
  const word = isOpen(job) ? 'Cancel' : 'Remove';
  const act = async () => {
    try {
      await ask('DELETE', `/v1/jobs/${job.id}`);
      await showJobs();
    } catch (error) {
      say(error.message, true);
    }
  };
  return make('button', { type: 'button', onclick: act, 'aria-label': `${word} ${job.do} ${job.path ?? ''}` }, word);
}

function openView({ id }) {
  const address = `/v1/jobs/${id}/files/result.html`;
  byId('view').hidden = false;
  byId('view-open').href = address;
  byId('view-frame').src = address;
  byId('view-title').focus();
}

export function closeView() {
  byId('view-frame').removeAttribute('src');
  byId('view').hidden = true;
}
