/** What `identify` says of a place, and the lines of code and shell that read it. */
import type { Finding } from '../../core/findings.js';

/** One stream, series, dataset or units table that can be opened, with the options that open it. */
export interface Part {
  name: string;
  options: Record<string, unknown>;
  channels?: number;
  samples?: number;
  fsHz?: number;
  durationMs?: number;
  units?: number;
  spikes?: number;
}

export interface Identification {
  /** A name of the table of formats; of formats that are known but not read, theirs, with `readable` false. */
  format: string;
  readable: boolean;
  what: 'recording' | 'sorting' | 'both' | 'table' | 'pointer' | 'archive' | 'unknown';
  /** Where it lies, version, software, device, as far as the files say. */
  details: Record<string, string | number>;
  parts: Part[];
  /** The calls that read it, as code and as shell lines. */
  code: string[];
  shell: string[];
  /** What to do where it is not readable, or what the lines need besides. */
  advice: string | null;
  findings: Finding[];
  /** Bytes read to find this out. */
  bytesRead: number;
}

/** What a format's `identify` answers: the rest is filled in by `identify` itself. */
export interface Draft extends Partial<Omit<Identification, 'bytesRead' | 'findings'>> {
  what: Identification['what'];
  findings?: Finding[];
  /** The file or folder meant, where it is not what was looked at: a file beside it, or below. */
  path?: string;
  /** The folder as a whole is this: what lies below belongs to it and is not listed by itself. */
  whole?: boolean;
  /** Only the kind of file is known (an array, a text): a folder that it belongs to says more. */
  weak?: boolean;
}

const maxLines = 8;

/** Lines for each of `parts`, the first of many only. */
export function linesFor<T>(parts: readonly T[], line: (part: T) => string): string[] {
  return [...new Set(parts.slice(0, maxLines).map(line))];
}

/** `await loadSpikeDataFromNwb('a.nwb', { unitsPath: '/x' })` */
export function call(name: string, path: string, options: Record<string, unknown> = {}): string {
  const given = Object.entries(options).map(([key, value]) => `${key}: ${literal(value)}`);
  return `await ${name}(${literal(path)}${given.length ? `, { ${given.join(', ')} }` : ''})`;
}

/** `spikelab info a.nwb --from nwb --units-path /x`; flags are the options' names in kebab case. */
export function command(words: string, path: string, options: Record<string, unknown> = {}): string {
  const flags = Object.entries(options).map(([key, value]) => `${flagOf(key)} ${quoted(textOf(value))}`);
  return ['spikelab', words, quoted(path), ...flags].join(' ');
}

export const flagOf = (option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

function literal(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = Object.entries(value).map(([key, inner]) => `${key}: ${literal(inner)}`);
    return `{ ${fields.join(', ')} }`;
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Code and shell lines of recordings whose parts are opened by their options. */
export function recordingLines(path: string, parts: readonly Part[], extra: Record<string, unknown> = {}) {
  const options = (part: Part) => ({ ...part.options, ...extra });
  const [first] = parts;
  const detect = first ? [call('detectSpikes', path, { ...options(first), ...fittingFilter(first) })] : [];
  return {
    code: [...linesFor(parts, (part) => call('openRecording', path, options(part))), ...detect],
    shell: linesFor(parts, (part) => `${command('detect', path, options(part))}${fittingFlags(part)}`),
  };
}

/** The usual filter needs so many samples at each end. */
const shortest = 21;
const [lowcut, highcut] = [300, 6000];

/** The usual band is cut off where it would reach beyond half the sampling rate; a few samples are not filtered. */
function fittingFilter({ fsHz = 30_000, samples = Number.POSITIVE_INFINITY }: Part): {
  filter?: false | { lowcut: number; highcut: number };
} {
  if (samples <= shortest) return { filter: false };
  if (fsHz > 2 * highcut) return {};
  const fitting = Math.floor(0.45 * fsHz);
  return { filter: fitting > 2 * lowcut && { lowcut, highcut: fitting } };
}

function fittingFlags(part: Part): string {
  const { filter } = fittingFilter(part);
  if (filter === undefined) return '';
  return filter ? ` --highcut ${filter.highcut}` : ' --no-filter';
}

/** Code and shell lines of sortings whose parts are loaded by their options. */
export function loadLines(
  loader: { function: string; format: string },
  path: string,
  parts: readonly Part[],
  extra: Record<string, unknown> = {},
) {
  const options = (part: Part) => ({ ...part.options, ...extra });
  return {
    code: linesFor(parts, (part) => call(loader.function, path, options(part))),
    shell: linesFor(parts, (part) => command('info', path, { from: loader.format, ...options(part) })),
  };
}

/** Duration in ms of so many samples; nothing where one of both is unknown. */
export function span(samples: number | undefined, fsHz: number | undefined): Pick<Part, 'durationMs'> {
  return samples !== undefined && fsHz ? { durationMs: (samples * 1000) / fsHz } : {};
}

/**
 * Where parts last longer than their samples do, samples are missing: what to say, and the option that opens them all the same.
 * A thousandth of the length may be the drift of two clocks.
 */
export function gapsIn(parts: readonly Part[]): { options: Record<string, unknown>; findings: Finding[] } {
  const missing = parts.map(({ samples = 0, fsHz = Number.NaN, durationMs = 0 }) => {
    const [sampleMs, expected] = [1000 / fsHz, (samples * 1000) / fsHz];
    return Math.abs(durationMs - expected) > Math.max(sampleMs, expected / 1000) ? durationMs - expected : 0;
  });
  const most = missing.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (most === 0) return { options: {}, findings: [] };
  const named = parts.filter((_, i) => missing[i]).map(({ name }) => name);
  const message = `Samples are missing in ${named.join(', ')}: its clock differs from its samples by ${duration(most)}. gapToleranceMs opens it, and the recording's gaps say where`;
  return { options: { gapToleranceMs: Math.ceil(most * 2) }, findings: [note('gaps', message)] };
}

const duration = (ms: number) => (ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`);

export const note = (code: string, message: string, severity: Finding['severity'] = 'warning'): Finding => ({
  code,
  severity,
  message,
});
