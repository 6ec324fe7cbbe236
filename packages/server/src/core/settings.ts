/** What an operator decides: one table, read by the command line, the environment and the file of `--config`. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { bytesOf, durationOf, integerOf, listOf, textOf, yesOf } from './values.js';

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly database: string | null;
  readonly store: string | null;
  readonly storeEndpoint: string | null;
  readonly auth: 'auto' | 'on' | 'off';
  readonly sources: readonly string[];
  readonly jobs: number;
  readonly threads: number;
  readonly memory: number;
  readonly jobTime: number;
  readonly maxSpikes: number;
  readonly maxUnits: number;
  readonly maxUpload: number;
  readonly maxFiles: number;
  readonly clientBytes: number;
  readonly clientJobs: number;
  /** Null: as the default is. */
  readonly clientRequests: number | null;
  readonly keepFree: number;
  readonly uploadsFor: number;
  readonly resultsFor: number;
  readonly drain: number;
  readonly stale: number;
  readonly logLevel: string;
  readonly trustProxy: boolean;
}

interface Field<T> {
  readonly read: (value: unknown, name: string) => T;
  readonly default: unknown;
  /** Of the command line: what stands for the value. */
  readonly value: string;
  readonly help: string;
}

const cores = availableParallelism();
const level = (value: unknown, name: string) =>
  textOf(value, name, ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']);

export const fields: { readonly [K in keyof Settings]: Field<Settings[K]> } = {
  host: field(textOf, '127.0.0.1', 'address', 'where to listen'),
  port: field((value, name) => integerOf(value, name, 0, 65535), 8080, 'number', 'where to listen'),
  data: field(folder, './spikelab-data', 'folder', 'uploads, results and the embedded database'),
  database: field(databaseOf, null, 'url', 'postgres://… for several processes; default: embedded in the data folder'),
  store: field(storeOf, null, 'url', 's3://bucket/prefix for uploads and results; default: the data folder'),
  storeEndpoint: field(endpointOf, null, 'url', 'of an S3 server that is not Amazon’s'),
  auth: field(
    (value, name) => textOf(value, name, ['auto', 'on', 'off']) as Settings['auth'],
    'auto',
    'when',
    'tokens: on, off (on loopback only), or auto: off on loopback',
  ),
  sources: field(listOf, [], 'prefixes', 'folders, s3:// and https:// prefixes that jobs may name, comma between'),
  jobs: field((value, name) => integerOf(value, name, 0, 1024), cores, 'n', 'jobs at once; 0: this process takes none'),
  threads: field((value, name) => integerOf(value, name, 1, 1024), 1, 'n', 'cores of one job'),
  memory: field(bytesOf, '2GiB', 'size', 'of one job, beside what its runtime takes'),
  jobTime: field(durationOf, '1h', 'time', 'of one job'),
  maxSpikes: field((value, name) => integerOf(value, name, 1), 500_000_000, 'n', 'of one job'),
  maxUnits: field((value, name) => integerOf(value, name, 1), 1_000_000, 'n', 'of one job'),
  maxUpload: field(bytesOf, '50GiB', 'size', 'of one upload, unpacked'),
  maxFiles: field((value, name) => integerOf(value, name, 1), 20_000, 'n', 'of one upload'),
  clientBytes: field(bytesOf, '500GiB', 'size', 'uploads and results of one client together'),
  clientJobs: field((value, name) => integerOf(value, name, 1), 1000, 'n', 'waiting and running jobs of one client'),
  clientRequests: field(
    integerOf,
    null,
    'n',
    'of one client in a minute, 0: any number; default: 60000, on loopback any',
  ),
  keepFree: field(bytesOf, '1GiB', 'size', 'of the disk that stays free'),
  uploadsFor: field(durationOf, '7d', 'time', 'uploads are kept after their last use'),
  resultsFor: field(durationOf, '30d', 'time', 'jobs and results are kept'),
  drain: field(durationOf, '30s', 'time', 'running jobs may end in after SIGTERM; then they are handed back'),
  stale: field(durationOf, '20s', 'time', 'after which a silent process counts as dead'),
  logLevel: field(level, 'info', 'level', 'fatal, error, warn, info, debug, trace or silent'),
  trustProxy: field(yesOf, false, 'yes', 'take addresses from X-Forwarded-For: behind a proxy of yours only'),
};

function field<T>(read: Field<T>['read'], value: unknown, word: string, help: string): Field<T> {
  return { read, default: value, value: word, help };
}

/** uploadsFor: SPIKELAB_SERVER_UPLOADS_FOR */
export const variableOf = (name: string) =>
  `SPIKELAB_SERVER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The command line wins, then the environment, then the file. @throws Error that names the setting */
export function settingsOf(
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv = process.env,
  file?: string,
): Settings {
  const written = file === undefined ? {} : fromFile(file);
  const entries = Object.entries(fields).map(([name, { read, default: fallback }]) => {
    const given = flags[name] ?? env[variableOf(name)] ?? written[name] ?? fallback;
    return [name, given === null ? null : read(given, name)];
  });
  const settings = Object.fromEntries(entries) as Settings;
  if (settings.auth === 'off' && !isLoopback(settings.host)) {
    throw new Error(`auth: off is for loopback addresses only, and host is ${settings.host}`);
  }
  return settings;
}

function fromFile(path: string): Record<string, unknown> {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${path} must hold a JSON object of settings`);
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name)) {
      throw new Error(`${path}: there is no setting ${name}; these are ${Object.keys(fields).join(', ')}`);
    }
  }
  return value as Record<string, unknown>;
}

export const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);

export const needsTokens = ({ auth, host }: Settings) => auth === 'on' || (auth === 'auto' && !isLoopback(host));

function folder(value: unknown, name: string): string {
  const path = textOf(value, name);
  return isAbsolute(path) ? path : resolve(path);
}

function databaseOf(value: unknown, name: string): string {
  const url = textOf(value, name);
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error(`${name} must be a postgres:// URL`);
  return url;
}

function storeOf(value: unknown, name: string): string {
  const url = textOf(value, name);
  if (!/^s3:\/\/[^/]/.test(url)) throw new Error(`${name} must be s3://bucket/prefix`);
  return url;
}

function endpointOf(value: unknown, name: string): string {
  const url = textOf(value, name);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new Error(`${name} must be an http or https URL`);
  return url;
}
