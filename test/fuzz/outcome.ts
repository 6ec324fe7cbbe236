/** What came of loading one damaged fixture, and whether it may. */

export interface Request {
  readonly target: string;
  /** Of the mutations. */
  readonly seed: number;
  /** Loads in a child of the child, with `isolate`. */
  readonly isolated: boolean;
}

export interface Outcome {
  /** Of what was loaded; absent where an error came. */
  readonly digest?: string;
  readonly error?: { readonly name: string; readonly ours: boolean; readonly message: string; readonly stack?: string };
  /** Most memory beyond what the process had before. */
  readonly grownBytes: number;
  readonly done: readonly string[];
  /** The process is gone. */
  readonly lost?: { readonly kind: 'crash' | 'hang' | 'memory'; readonly message: string };
}

export type Kind = 'crash' | 'hang' | 'memory' | 'wrong class' | 'garbled message' | 'differs';
export interface Failure {
  readonly kind: Kind;
  readonly message: string;
}

export const mostBytes = 2 ** 30;
export const mostMs = 10_000;
const longestMessage = 5000;
/** What messages of a language's own errors look like, and values that got into a sentence by mistake. */
const garbled =
  /(?<!found |got |address )\bundefined\b|\[object |is not a function|Cannot read prop|is not iterable|Maximum call stack|Invalid array/;

/** Why an outcome is a failure; null where it is none. */
export function judge({ lost, error, grownBytes }: Outcome): Failure | null {
  if (lost) return lost;
  if (grownBytes > mostBytes) return { kind: 'memory', message: `took ${Math.round(grownBytes / 2 ** 20)} MiB` };
  if (!error) return null;
  const { name, ours, message, stack } = error;
  if (!ours) return { kind: 'wrong class', message: stack ?? `${name}: ${message}` };
  if (name === 'IsolationError' || name === 'AddonLoadError') return { kind: 'crash', message };
  if (garbled.test(message)) return { kind: 'garbled message', message };
  if (message.length > longestMessage) return { kind: 'garbled message', message: `${message.length} characters long` };
  return null;
}

/** Why two loads of the same bytes are a failure. */
export function judgeBoth(first: Outcome, second: Outcome): Failure | null {
  const alone = judge(first) ?? judge(second);
  if (alone) return alone;
  const [one, other] = [first, second].map(({ digest, error }) => digest ?? `${error?.name}: ${error?.message}`);
  return one === other ? null : { kind: 'differs', message: `${one}\n  and the second time\n  ${other}` };
}
