/** A headless Chromium, driven by its own protocol over pipes: no package is needed for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Where Debian's, or any other on the PATH, is; undefined where there is none. */
export function chromiumPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

export class Page {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #session: string | undefined;
  #sent = 0;

  private constructor(child: ChildProcess, profile: string) {
    [this.#child, this.#profile] = [child, profile];
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (more: string) => {
      const parts = (text + more).split('\0');
      text = parts.pop() ?? '';
      for (const part of parts) this.#receive(JSON.parse(part));
    });
  }

  static async open(path: string, { width = 1400, height = 900 } = {}): Promise<Page> {
    const profile = mkdtempSync(join(tmpdir(), 'spikelab-chromium-'));
    const flags = ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', '--enable-unsafe-swiftshader'];
    const more = [`--user-data-dir=${profile}`, `--window-size=${width},${height}`, '--disable-dev-shm-usage'];
    const child = spawn(path, [...flags, ...more, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const page = new Page(child, profile);
    const { targetId } = await page.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    const attached = await page.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
    page.#session = attached.sessionId;
    await page.send('Page.enable');
    await page.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    return page;
  }

  send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#sent;
    const message = { id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) };
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  /** The value of an expression in the page, awaited there. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#session = undefined;
    this.send('Browser.close').catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  #receive({ id, result, error }: Reply): void {
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || !waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(error.message));
    else waiting.resolve(result);
  }
}
