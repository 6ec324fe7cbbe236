/**
 * The error classes, named after what the user can do about them. Every message is one sentence of the same shape: what
 * was expected, what was found, and where. `code` is stable across releases; messages are not.
 */
import type { Limits } from './limits.js';

/** Characters of a message. What it quotes of a file may be of any length; the longest of ours has some hundred. */
const longestMessage = 2000;

/** A message that is no flood: of a longer one the middle is left out. */
export function bounded(message: string): string {
  if (message.length <= longestMessage) return message;
  const half = longestMessage / 2;
  return `${message.slice(0, half)} … (${message.length - longestMessage} characters) … ${message.slice(-half)}`;
}

/** Base of every error that this package throws on purpose. */
export class SpikeLabError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(bounded(message), options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An argument is wrong: correct the call. */
export class OptionError extends SpikeLabError {
  readonly option: string;
  readonly expected: string;
  readonly received: unknown;
  constructor(option: string, expected: string, received: unknown, hint = '') {
    super('ERR_OPTION', `${option} must be ${expected}, got ${describe(received)}${hint && `. ${hint}`}`);
    this.option = option;
    this.expected = expected;
    this.received = received;
  }
}

/** A file, or something inside one, is not there: `available` lists what is. */
export class NotFoundError extends SpikeLabError {
  readonly path: string;
  readonly location?: string;
  readonly available?: string[];
  constructor(
    message: string,
    detail: { path: string; location?: string; available?: string[] },
    options?: ErrorOptions,
  ) {
    super('ERR_NOT_FOUND', message, options);
    this.path = detail.path;
    this.location = detail.location;
    this.available = detail.available;
  }
}

/** The file is not what its format says it must be. */
export class FormatError extends SpikeLabError {
  readonly path: string;
  readonly location?: string;
  constructor(message: string, detail: { path: string; location?: string }, options?: ErrorOptions) {
    super('ERR_FORMAT', message, options);
    this.path = detail.path;
    this.location = detail.location;
  }
}

/** The file may be fine, but it uses something that this build does not read, or that is refused for safety. */
export class UnsupportedError extends SpikeLabError {
  readonly feature: string;
  constructor(feature: string, message: string, options?: ErrorOptions) {
    super('ERR_UNSUPPORTED', message, options);
    this.feature = feature;
  }
}

/** The input asks for more than `limits` allow: raise that limit if the file is trusted. */
export class LimitError extends SpikeLabError {
  readonly limit: keyof Limits;
  readonly allowed: number;
  readonly found: number;
  constructor(limit: keyof Limits, allowed: number, found: number, what: string) {
    super(
      'ERR_LIMIT',
      `${what} needs ${limit} of ${found}, more than the ${allowed} allowed; raise limits.${limit} to read it`,
    );
    this.limit = limit;
    this.allowed = allowed;
    this.found = found;
  }
}

/** A pickle names something outside the allow-list. Nothing was executed. */
export class UnsafePickleError extends SpikeLabError {
  readonly module: string;
  readonly symbol: string;
  readonly offset: number;
  constructor(message: string, detail: { module: string; symbol: string; offset: number }) {
    super('ERR_UNSAFE_PICKLE', message);
    this.module = detail.module;
    this.symbol = detail.symbol;
    this.offset = detail.offset;
  }
}

/** A server did not give what was asked. `url` never carries credentials or a query string. */
export class RemoteError extends SpikeLabError {
  readonly url: string;
  readonly status?: number;
  readonly retryable: boolean;
  /** How long the server asks to wait before the next try. */
  readonly retryAfterMs?: number;
  constructor(
    message: string,
    detail: { url: string; status?: number; retryable?: boolean; retryAfterMs?: number },
    options?: ErrorOptions,
  ) {
    super('ERR_REMOTE', message, options);
    this.url = detail.url;
    this.status = detail.status;
    this.retryable = detail.retryable ?? false;
    if (detail.retryAfterMs !== undefined) this.retryAfterMs = detail.retryAfterMs;
  }
}

/** The native addon could not be loaded: `advice` holds the commands that mend it. */
export class AddonLoadError extends SpikeLabError {
  readonly tried: string[];
  readonly advice: string[];
  constructor(message: string, detail: { tried: string[]; advice: string[] }, options?: ErrorOptions) {
    super('ERR_ADDON_LOAD', message, options);
    this.tried = detail.tried;
    this.advice = detail.advice;
  }
}

/** A load with `isolate` did not come back: its child crashed, ran out of memory, or took too long. */
export class IsolationError extends SpikeLabError {
  readonly path: string;
  readonly reason: 'crash' | 'memory' | 'timeout';
  constructor(message: string, detail: { path: string; reason: 'crash' | 'memory' | 'timeout' }) {
    super('ERR_ISOLATION', message);
    this.path = detail.path;
    this.reason = detail.reason;
  }
}

/** A short, safe rendering of any value for use in an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return `a function${value.name ? ` named ${value.name}` : ''}`;
  if (ArrayBuffer.isView(value))
    return `a ${value.constructor.name} of ${(value as Uint8Array).length ?? value.byteLength}`;
  if (Array.isArray(value))
    return value.length > 6 ? `an array of ${value.length}` : `[${value.map(describe).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const name = value.constructor?.name ?? 'null-prototype object';
    return name === 'Object' ? `an object with ${Object.keys(value).slice(0, 6).join(', ') || 'no keys'}` : `a ${name}`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}
