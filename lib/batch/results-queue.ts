/** Results on their way from the lanes that make them to the program that reads them. */
export class ResultsQueue<T> {
  readonly #ready: T[] = [];
  #wake = () => {};
  #ended: { error?: unknown } | undefined;

  push(value: T): void {
    this.#ready.push(value);
    this.#wake();
  }

  /** No more come; with an error, which is thrown once those that came are read. */
  end(ended: { error?: unknown } = {}): void {
    this.#ended ??= ended;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#ready.length) yield this.#ready.shift() as T;
      if (this.#ended) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if ('error' in this.#ended) throw this.#ended.error;
  }
}
