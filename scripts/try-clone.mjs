// node scripts/try-clone.mjs [bookworm|trixie]: the README's two commands as the first ones in a clone, in bare Debian roots. A user who
// is not root must be told the exact command; root is served without asking. As root on Debian.
import { execFileSync } from 'node:child_process';
import { root } from './steps.mjs';
import { closeRoot, debianRoots, inRoot, openRoot } from './try/roots.mjs';
import { fetchTools, toolsOf } from './try/tools.mjs';

const version = '22';
const [only] = process.argv.slice(2);

/** Prints the end of what was printed; the whole of it. Ends with an error where the status is another than the one wanted. */
function told(title, { status, stdout, stderr }, wanted) {
  const text = `${stderr}\n${stdout}`.trim();
  console.log(`--- ${title}: exit ${status}\n${text.split('\n').slice(-12).join('\n')}\n`);
  if (status !== wanted) throw new Error(`${title} must end with ${wanted}, it ended with ${status}`);
  return text;
}

function clone(folder, user) {
  const home = `${folder}/${user ? `home/${user}` : 'root'}/spikelab`;
  execFileSync('mkdir', ['-p', home]);
  execFileSync('sh', ['-c', 'git archive HEAD | tar x -C "$1"', 'sh', home], { cwd: root });
}

/** The command that a user who is not root was told must be the one that gives what root was given: nothing is left to install. */
function expectSameCommand(name, folder, text) {
  const command = text.split('\n').find((line) => /^ {2}sudo apt-get/.test(line));
  if (!command) throw new Error('the user was told no command');
  const dry = command.replaceAll('sudo ', '').replace('apt-get install', 'apt-get install --simulate');
  const { stdout } = inRoot(name, folder, version, ['sh', '-c', dry]);
  const counts = stdout.match(/\d+ upgraded, \d+ newly installed/)?.[0];
  console.log(`--- what the user was told to type, after root had been served: ${counts}\n`);
  if (!/ 0 newly/.test(counts)) throw new Error(`there is more to install with ${command}`);
}

for (const name of only ? [only] : debianRoots) {
  fetchTools(toolsOf(name, 'npm', version));
  const folder = openRoot(name);
  try {
    inRoot(name, folder, version, ['useradd', '--create-home', 'someone']);
    clone(folder, 'someone');
    clone(folder);
    inRoot(name, folder, version, ['chown', '-R', 'someone:someone', '/home/someone']);
    const asUser = (words) =>
      inRoot(name, folder, version, ['sh', '-c', `cd ~/spikelab && ${words}`], { user: 'someone' });
    const asRoot = (words) => inRoot(name, folder, version, ['sh', '-c', `cd ~/spikelab && ${words}`]);
    const commands = ['npm run demo', 'npm test -- test/addon'];
    const first = commands.map((words) => told(`${name}, not root: ${words}`, asUser(words), 1));
    for (const words of commands) told(`${name}, root: ${words}`, asRoot(words), 0);
    for (const text of first) expectSameCommand(name, folder, text);
    // the addon is taken along, so that it is compiled once
    const take = 'cp -a /root/spikelab/build /home/someone/spikelab/ && chown -R someone: /home/someone';
    inRoot(name, folder, version, ['sh', '-c', take]);
    for (const words of commands) told(`${name}, not root, again: ${words}`, asUser(words), 0);
  } finally {
    closeRoot(folder);
  }
}
