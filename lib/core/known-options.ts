/**
 * The door of every public function: an options object with known names only, null counting as not given. A misspelt name
 * would otherwise leave its default in force in silence.
 */
import { OptionError } from './errors.js';
import type { Finding, OnWarning } from './findings.js';
import { nearestNames } from './nearest-names.js';

type KeysOf<T> = T extends unknown ? keyof T & string : never;

/** Every option of T, of all members of a union: the compiler refuses a table that lacks one, or has one too many. */
export type OptionNames<T> = Readonly<Record<KeysOf<T>, true>>;

/**
 * The options that are given: a new object, in which null and undefined do not appear. Of values only `signal`,
 * `onProgress`, `onWarning` and `findings` are checked here; `findings` becomes an `onWarning` that fills it.
 *
 * @param given what the caller passed; null and undefined are an empty object
 * @param names every option that the function has
 * @param owner what has these options, as errors name it: 'loadSpikeDataFromNwb'
 * @param option what the object itself is called in errors
 * @throws OptionError for what is no object, and for a name that is not among `names`, with the nearest that is
 */
export function knownOptions<T extends object>(
  given: T | null | undefined,
  names: OptionNames<NoInfer<T>>,
  owner: string,
  option = 'options',
): T {
  if (given === undefined || given === null) return {} as T;
  if (typeof given !== 'object' || Array.isArray(given) || ArrayBuffer.isView(given)) {
    throw new OptionError(option, 'an object', given);
  }
  const known = Object.keys(names);
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(names, name)) throw unknownName(name, known, owner, option);
  }
  const options = pickOptions(given, names) as T;
  checkShared(options);
  return collecting(options);
}

/** The options that mean the same wherever they occur. */
function checkShared({
  signal,
  onProgress,
  onWarning,
}: {
  signal?: unknown;
  onProgress?: unknown;
  onWarning?: unknown;
}) {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OptionError('signal', 'an AbortSignal', signal);
  for (const [name, value] of Object.entries({ onProgress, onWarning })) {
    if (value !== undefined && typeof value !== 'function') throw new OptionError(name, 'a function', value);
  }
}

/** The options with `findings` as a part of `onWarning`: below the door there is one way for warnings. */
function collecting<T extends { findings?: Finding[]; onWarning?: OnWarning }>({ findings, ...options }: T): T {
  if (findings === undefined) return options as T;
  if (!Array.isArray(findings)) throw new OptionError('findings', 'an array, to which warnings are added', findings);
  const { onWarning } = options;
  const collect: OnWarning = (finding) => {
    findings.push(finding);
    onWarning?.(finding);
  };
  return { ...options, onWarning: collect } as T;
}

/** Those of the options that another function has, for handing on. */
export function pickOptions<T extends object>(given: object, names: OptionNames<T>): Partial<T> {
  const out: Record<string, unknown> = {};
  for (const name of Object.keys(names)) {
    // read by name, so that inherited options and getters of a class count too
    const value = (given as Record<string, unknown>)[name];
    if (value !== undefined && value !== null) out[name] = value;
  }
  return out as Partial<T>;
}

/** The value stays out of the message: behind a misspelt name may stand a password. */
function unknownName(name: string, known: readonly string[], owner: string, option: string): OptionError {
  const nearest = nearestNames(name, known);
  const some = `${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`;
  const hint = nearest.length > 0 ? `Did you mean ${either(nearest)}?` : `It has ${some}`;
  return new OptionError(option, `made of names that ${owner} has`, name, hint);
}

function either(names: readonly string[]): string {
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}
