/** The page: signing in, dropping, and what follows from it. */
import { ask, byId, say } from './api.js';
import { closeView, showJobs, watch } from './jobs.js';
import { dropped, send, stopSending } from './sending.js';
import { identify, loadFormats, showUploads } from './uploads.js';

async function run(request) {
  try {
    const job = await ask('POST', '/v1/jobs', request);
    say(`${job.do}: waiting`);
    await showJobs();
    watch(job.id);
  } catch (error) {
    say(error.message, true);
  }
}

async function take(files) {
  if (!files.length) return;
  try {
    say(`Sending ${files.length === 1 ? files[0][0] : `${files.length} files`}…`);
    const upload = await send(files);
    say(`${upload.name} is here. Looking what it is…`);
    await showUploads(run);
    await identify(upload);
    await showUploads(run);
    await showJobs();
    say(`${upload.name} is here.`);
  } catch (error) {
    say(error.message, true);
  }
}

async function start() {
  try {
    await loadFormats();
    byId('sign-in').hidden = true;
    byId('signed-in').hidden = false;
    const { tokens } = await ask('GET', '/v1/session');
    byId('sign-out').hidden = !tokens;
    await Promise.all([showUploads(run), showJobs()]);
  } catch (error) {
    if (error.status !== 401) return say(error.message, true);
    byId('sign-in').hidden = false;
    byId('signed-in').hidden = true;
    byId('token').focus();
  }
}

byId('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = byId('token');
  try {
    await ask('POST', '/v1/session', { token: field.value.trim() });
    field.value = '';
    await start();
  } catch (error) {
    field.setCustomValidity(error.message);
    field.reportValidity();
    field.addEventListener('input', () => field.setCustomValidity(''), { once: true });
  }
});
byId('sign-out').addEventListener('click', async () => {
  await ask('DELETE', '/v1/session');
  await start();
});
const chosen = ({ target }) => {
  const files = [...target.files].map((file) => [file.webkitRelativePath || file.name, file]);
  target.value = '';
  return take(files);
};
byId('files').addEventListener('change', chosen);
byId('folder').addEventListener('change', chosen);
byId('stop-sending').addEventListener('click', stopSending);
byId('view-close').addEventListener('click', closeView);

const drop = byId('drop');
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', name === 'dragenter' || name === 'dragover');
  });
}
drop.addEventListener('drop', async ({ dataTransfer }) => take(await dropped(dataTransfer.items)));

await start();
