/** Exports that are killed, or whose system calls fail: afterwards the old file is there, or the new one, whole. */
import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../../prove/random.js';
import { dataOf, type Exporter, strangers, versionOf } from './exporters.js';

const [oldVersion, newVersion, nextVersion] = [1, 2, 3];

export interface Trial {
  readonly what: string;
  /** Why it is a failure; null where all is well. */
  readonly failure: string | null;
  readonly version: number | null;
}
interface Ended {
  /** Nothing where it was killed. */
  readonly said: string;
  readonly ms: number;
  readonly signal: string | null;
}

export class Trials {
  readonly #folder = mkdtempSync(join(tmpdir(), 'spikelab-exports-'));

  /** @param script the compiled child.ts; @param source failing.c */
  constructor(
    private readonly script: string,
    private readonly source: string,
  ) {}

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** So many exports, each killed at another moment. */
  async *killed(exporter: Exporter, times: number, random: Random): AsyncGenerator<Trial> {
    const { ms } = await this.#export(exporter, await this.#fresh(exporter));
    for (let i = 0; i < times; i++) {
      const folder = await this.#fresh(exporter);
      const after = random.between(0, 1.6 * ms);
      const { said } = await this.#export(exporter, folder, { killAfterMs: after });
      const what = `killed after ${after.toFixed(1)} of ${ms.toFixed(1)} ms${said ? ', when it was done' : ''}`;
      yield this.#judge(exporter, folder, what, said === 'exported' ? [newVersion] : [oldVersion, newVersion]);
    }
  }

  /** Each call that changes files, or so many of them, fails once: as a full disk, and as a broken one. */
  async *refused(exporter: Exporter, most: number, random: Random): AsyncGenerator<Trial> {
    const library = join(this.#folder, 'failing.so');
    if (!existsSync(library)) execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, this.source, '-ldl']);
    const calls = (await this.#failing(exporter, library, { FAIL_AT: '0', FAIL_ERRNO: '0' })).calls;
    const all = Array.from({ length: calls }, (_, i) => i + 1);
    const some = all.length <= most ? all : all.filter(() => random.chance(most / all.length));
    for (const at of some) {
      const full = random.chance(0.5);
      const env = { FAIL_AT: String(at), FAIL_ERRNO: full ? '28' : '5', ...(full ? { FAIL_ON: '1' } : {}) };
      const { folder, ended, call } = await this.#failing(exporter, library, env);
      const what = `${full ? 'ENOSPC' : 'EIO'} at call ${at} of ${calls}, ${call} (${ended.said.slice(0, 200)})`;
      if (!/^(exported|refused)/.test(ended.said))
        yield { what, failure: 'neither exported nor refused', version: null };
      else if (ended.said === 'exported') yield this.#judge(exporter, folder, what, [newVersion]);
      else yield this.#judge(exporter, folder, what, [oldVersion], true);
    }
  }

  /** A folder with the old version in it. */
  async #fresh(exporter: Exporter): Promise<string> {
    const folder = mkdtempSync(join(this.#folder, 'case-'));
    await exporter.save(dataOf(oldVersion), join(folder, exporter.target));
    return folder;
  }

  async #failing(exporter: Exporter, library: string, env: Record<string, string>) {
    const folder = await this.#fresh(exporter);
    const [when, count] = ['when', 'count'].map((name) => join(this.#folder, name));
    rmSync(when, { force: true });
    const more = { LD_PRELOAD: library, FAIL_BELOW: folder, FAIL_WHEN: when, FAIL_COUNT: count };
    const ended = await this.#export(exporter, folder, { env: { ...more, ...env } });
    const [calls, call] = readFileSync(count, 'latin1').trim().split(' ');
    return { folder, ended, calls: Number(calls), call };
  }

  #export(
    { name }: Exporter,
    folder: string,
    { env = {}, killAfterMs }: { env?: Record<string, string>; killAfterMs?: number } = {},
  ): Promise<Ended> {
    const child = fork(this.script, [name, folder, String(newVersion)], {
      ...{ stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env: { ...process.env, ...env } },
    });
    let [said, ms] = ['', 0];
    child.on('message', (message: 'ready' | { said: string; ms: number }) => {
      if (message !== 'ready') ({ said, ms } = message);
      else {
        child.send('go');
        if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      }
    });
    return new Promise((resolve) => child.once('exit', (_, signal) => resolve({ said, ms, signal })));
  }

  /** @param tidy nothing may be left at once, not only after the next export */
  async #judge(
    exporter: Exporter,
    folder: string,
    what: string,
    allowed: readonly number[],
    tidy = false,
  ): Promise<Trial> {
    let version: number | null = null;
    try {
      version = await versionOf(exporter, folder);
      if (!allowed.includes(version)) return { what, failure: `version ${version} is there, not ${allowed}`, version };
      const left = tidy ? strangers(exporter, folder) : [];
      await exporter.save(dataOf(nextVersion), join(folder, exporter.target));
      const after = [...left, ...strangers(exporter, folder)];
      if (after.length > 0) return { what, failure: `left: ${after.join(', ')}`, version };
      const next = await versionOf(exporter, folder);
      return { what, failure: next === nextVersion ? null : `the next export left version ${next}`, version };
    } catch (error) {
      return { what, failure: String(error), version };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
