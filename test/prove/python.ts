/** One Python process that answers requests, a line of JSON each; arrays come beside it in one binary file an answer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { decode } from './wire.js';

/** From build/prove/prove, where this file is compiled to. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const server = join(root, 'test/prove/python/server.py');

/** Debian's own, which has Debian's packages; PROVE_PYTHON names another. */
export const pythonPath = process.env.PROVE_PYTHON ?? '/usr/bin/python3';
export const installCommand =
  'apt-get install -y --no-install-recommends python3 python3-numpy python3-scipy python3-h5py python3-zarr python3-neo';

/** Python's own account of why it could not do what was asked. */
export class PythonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PythonError';
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Python {
  #child: ChildProcess | null = null;
  #waiting: Waiting | null = null;
  #said = '';
  readonly #folder: string;
  /** Versions of the modules that are there. */
  modules: Record<string, string> = {};

  /** `folder`: where answers' arrays lie until they are read. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** False where there is no Python. */
  async start(): Promise<boolean> {
    if (!existsSync(pythonPath)) return false;
    this.#spawn();
    this.modules = await this.ask<Record<string, string>>('hello', {});
    return true;
  }

  has(module: string): boolean {
    return module in this.modules;
  }

  /** @throws PythonError with the last lines of Python's traceback */
  async ask<T>(action: string, request: object): Promise<T> {
    if (!this.#child) this.#spawn();
    const stdin = this.#child?.stdin as Writable;
    const answers = join(this.#folder, 'answer.bin');
    const answer = (await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      stdin.write(`${JSON.stringify({ ...request, do: action, answers })}\n`);
    })) as { error?: string; value?: unknown; bytes: number };
    if (answer.error !== undefined) throw new PythonError(answer.error);
    const bytes = answer.bytes ? await readFile(answers) : Buffer.alloc(0);
    if (answer.bytes) await rm(answers);
    return decode(answer.value, bytes) as T;
  }

  stop(): void {
    this.#child?.kill();
    this.#child = null;
  }

  #spawn(): void {
    const child = spawn(pythonPath, ['-u', '-B', server], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#said = '';
    createInterface({ input: child.stdout as Readable }).on('line', (line) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.resolve(JSON.parse(line));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = `${this.#said}${text}`.slice(-2000);
    });
    const ended = (how: string) => {
      if (this.#child === child) this.#child = null;
      this.#waiting?.reject(new PythonError(`Python ended (${how}): ${this.#said}`));
      this.#waiting = null;
    };
    child.on('error', (error) => ended(error.message));
    child.on('close', (code, signal) => ended(String(signal ?? code)));
  }
}
