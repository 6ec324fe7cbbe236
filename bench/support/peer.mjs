/** Peers in Python, which answer one line of JSON for each line that they are given. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

export const python = process.env.BENCH_PYTHON ?? '/usr/bin/python3';

/** What must be typed before a bench that needs these Python packages can run, or nothing. */
export function missingPython(packages) {
  const absent = packages.filter((name) => spawnSync(python, ['-c', `import ${name}`]).status !== 0);
  if (!absent.length) return '';
  const names = absent.map((name) => `python3-${name}`).join(' ');
  return `${python} has no ${absent.join(' and no ')}: apt-get install -y ${names}, or name another Python in BENCH_PYTHON`;
}

/** Runs a script (its text) to its end; an error is Python's last line. */
export function runPython(text, args) {
  const { status, stdout, stderr } = spawnSync(python, ['-c', text, ...args.map(String)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`python: ${(stderr ?? '').trim().split('\n').at(-1)}`);
  return stdout;
}

export function startPython(script, args, env = {}) {
  const child = spawn(python, [script, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run(task) {
      child.stdin.write(`${task}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended at task ${task}`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}
