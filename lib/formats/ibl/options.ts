/** Options of the IBL functions: which servers, as whom, and what is kept on disk. */
import { text } from '../../core/checks.js';
import { OptionError } from '../../core/errors.js';
import type { OptionNames } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';

export interface IblOptions extends LoadOptions {
  /** Alyx. Default: IBL's public server. */
  baseUrl?: string;
  /** Folder for files and the units table, laid out as ONE does. Default: nothing is kept. */
  cacheDir?: string;
  /** Default: IBL's public account. */
  username?: string;
  password?: string;
  /** The Brain-Wide Map's table of units. Default: the 2024_Q2 release in IBL's public bucket, read by columns. */
  bwmUnitsTable?: Source;
  /**
   * Roots below which files lie as `<lab>/Subjects/…`, tried in order. Default: IBL's public bucket, then Flatiron, for records of
   * the public database; the URL of the record for those of another.
   */
  dataUrls?: readonly string[];
  /**
   * ONE's index tables in place of Alyx: a folder with sessions.pqt and datasets.pqt, a cache.zip, or an address that ends in
   * /cache/info/. They know no insertions: give `collection` where the session has more than one probe.
   */
  indexTables?: Source;
}

export const iblOptionNames: OptionNames<IblOptions> = {
  baseUrl: true,
  cacheDir: true,
  username: true,
  password: true,
  bwmUnitsTable: true,
  dataUrls: true,
  indexTables: true,
  ...loadOptionNames,
};

export interface IblServers {
  indexTables: Source | null;
  baseUrl: string;
  username: string;
  password: string;
  cacheDir: string | null;
  unitsTable: Source;
  dataUrls: readonly string[] | null;
}

export const flatironRoot = 'https://ibl.flatironinstitute.org/public';
export const bucketRoot = 'https://ibl-brain-wide-map-public.s3.amazonaws.com/data';
export const defaultUnitsTable =
  'https://ibl-brain-wide-map-public.s3.amazonaws.com/aggregates/2024_Q2_IBL_et_al_BWM/clusters.pqt';
/** MD5 that paper-brain-wide-map expects of that table. */
export const defaultUnitsTableMd5 = 'b89fac76289f3a3d585910711f1eef41';

/** The account is public: it is printed in the README of ONE. */
const publicAccount = { username: 'intbrainlab', password: 'international' };

export function resolveServers(options: IblOptions): IblServers {
  const {
    baseUrl = 'https://openalyx.internationalbrainlab.org',
    cacheDir,
    bwmUnitsTable = defaultUnitsTable,
  } = options;
  const { username = publicAccount.username, dataUrls } = options;
  const { password = publicAccount.password } = options;
  text(username, 'username');
  // its value must not get into a message
  if (typeof password !== 'string' || password === '') throw new OptionError('password', 'a non-empty string', '…');
  if (cacheDir !== undefined) text(cacheDir, 'cacheDir');
  if (typeof bwmUnitsTable !== 'string' && !(bwmUnitsTable instanceof URL))
    throw new OptionError('bwmUnitsTable', 'a path or a URL', bwmUnitsTable);
  if (dataUrls !== undefined && (!Array.isArray(dataUrls) || dataUrls.length === 0))
    throw new OptionError('dataUrls', 'a list of http or https URLs', dataUrls);
  const { indexTables = '-' } = options;
  if ((typeof indexTables !== 'string' || indexTables === '') && !(indexTables instanceof URL))
    throw new OptionError('indexTables', 'a path or a URL', indexTables);
  for (const url of dataUrls ?? []) webUrl(url, 'dataUrls');
  return {
    baseUrl: webUrl(baseUrl, 'baseUrl'),
    username,
    password,
    cacheDir: cacheDir ?? null,
    unitsTable: bwmUnitsTable,
    dataUrls: dataUrls ?? null,
    indexTables: options.indexTables ?? null,
  };
}

function webUrl(url: unknown, option: string): string {
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new OptionError(option, 'an http or https URL', url);
  return url.replace(/\/+$/, '');
}

/** Session and insertion ids of Alyx. */
export function uuid(value: unknown, option: string): string {
  if (typeof value !== 'string' || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    throw new OptionError(option, 'a UUID (8-4-4-4-12 hexadecimal digits)', value);
  return value.toLowerCase();
}
