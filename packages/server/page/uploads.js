/** The uploads: what each was found to be, and what can be done with it. */
import { ask, byId, make, say, size } from './api.js';

/** What `identify` found, by upload. */
const found = new Map();
let formats = {};

const operations = [
  ['view', 'View'],
  ['load', 'Sorted spikes'],
  ['detect', 'Detect spikes'],
  ['peaks', 'Detect peaks'],
  ['convert', 'Convert'],
  ['plot', 'Plot'],
  ['identify', 'Identify'],
];

export async function loadFormats() {
  formats = (await ask('GET', '/v1/formats')).operations;
}

/** @param run asks for a job */
export async function showUploads(run) {
  const { uploads } = await ask('GET', '/v1/uploads?limit=20');
  const place = byId('uploads');
  if (!uploads.length) return place.replaceChildren(make('p', { class: 'soft' }, 'None yet.'));
  place.replaceChildren(...uploads.map((upload) => card(upload, run)));
}

/** Asks what an upload is, and keeps the answer. */
export async function identify(upload) {
  const { id } = await ask('POST', '/v1/jobs', { upload: upload.id, do: 'identify', priority: 5 });
  const job = await ask('GET', `/v1/jobs/${id}?wait=60`);
  if (job.state === 'done') found.set(upload.id, await ask('GET', `/v1/jobs/${id}/result`));
  else if (job.problem) say(job.problem.detail, true);
}

function card(upload, run) {
  const title = make('h3', { id: `u-${upload.id}` }, upload.name);
  const files = upload.count === 1 ? size(upload.bytes) : `${upload.count} files, ${size(upload.bytes)}`;
  const remove = make('button', { type: 'button', onclick: () => removeUpload(upload, run) }, 'Remove');
  const about = make('p', { class: 'soft' }, `${files}, ${new Date(upload.created).toLocaleString()} `, remove);
  const told = (found.get(upload.id) ?? []).slice(0, 5).map(description);
  return make('article', { 'aria-labelledby': title.id }, title, about, ...told, form(upload, run));
}

async function removeUpload(upload, run) {
  try {
    await ask('DELETE', `/v1/uploads/${upload.id}`);
    await showUploads(run);
  } catch (error) {
    say(error.message, true);
  }
}

function description({ format, what, readable, details, parts, advice, findings }) {
  const { path, title, ...rest } = details;
  const head = `${title ?? format}: ${what}${readable ? '' : ', not readable'}`;
  const facts = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
  return make(
    'div',
    {},
    make('p', {}, make('strong', {}, head), facts.length ? ` · ${facts.join(' · ')}` : ''),
    parts.length ? table(parts.slice(0, 12)) : null,
    ...findings.map(({ message }) => make('p', { class: 'soft' }, message)),
    advice ? make('p', {}, advice) : null,
  );
}

const columns = [
  ['name', 'Part', (value) => value],
  ['channels', 'Channels', String],
  ['fsHz', 'Hz', (value) => String(Number(value.toPrecision(8)))],
  ['durationMs', 'Seconds', (value) => (value / 1000).toFixed(1)],
  ['units', 'Units', String],
  ['spikes', 'Spikes', String],
];

function table(parts) {
  const shown = columns.filter(([key]) => parts.some((part) => part[key] !== undefined));
  const kind = (key) => (key === 'name' ? {} : { class: 'number' });
  const head = shown.map(([key, title]) => make('th', { scope: 'col', ...kind(key) }, title));
  const rows = parts.map((part) =>
    make(
      'tr',
      {},
      ...shown.map(([key, , text]) => make('td', kind(key), part[key] === undefined ? '' : text(part[key]))),
    ),
  );
  return make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...rows));
}

/** The options that open the first part, as they were told: a person may change them. */
function suggested(upload) {
  const [best] = found.get(upload.id) ?? [];
  const options = { ...best?.parts[0]?.options };
  return Object.keys(options).length ? JSON.stringify(options) : '';
}

function form(upload, run) {
  const id = (name) => `${name}-${upload.id}`;
  const what = make('select', { id: id('do') }, ...operations.map(([value, text]) => make('option', { value }, text)));
  const format = make('select', { id: id('format') });
  const fill = () => format.replaceChildren(...(formats[what.value] ?? []).map((name) => make('option', {}, name)));
  what.addEventListener('change', fill);
  fill();
  const options = make('input', {
    id: id('options'),
    size: 40,
    placeholder: '{"fsHz": 20000}',
    value: suggested(upload),
  });
  const submit = (event) => {
    event.preventDefault();
    try {
      const given = options.value.trim() ? JSON.parse(options.value) : {};
      run({ upload: upload.id, do: what.value, format: format.value, options: given });
    } catch {
      say('Options must be JSON: {"fsHz": 20000}', true);
    }
  };
  return make(
    'form',
    { onsubmit: submit, 'aria-label': `What to do with ${upload.name}` },
    make('label', {}, 'Do', what),
    make('label', {}, 'Format', format),
    make('label', {}, 'Options', options),
    make('button', {}, 'Run'),
  );
}
