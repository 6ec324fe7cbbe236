/** Records of files in Alyx, and the rules that choose between them. */
import { FormatError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { urlOf } from '../../io/http/client.js';
import type { Json } from './alyx.js';

/** One file of a session, whichever endpoint its record came from. */
export interface Dataset {
  /** Without the uuid that names on the servers carry. */
  name: string;
  collection: string;
  /** Name of the revision; '' for none. */
  revision: string;
  isDefault: boolean;
  size: number | null;
  md5: string | null;
  /** Segments from the lab on: `lab/Subjects/subject/date/number/collection/#revision#/name`, the name with its uuid. */
  remotePath: string[];
  /** What stands before the lab. */
  root: string;
}

/** Datasets of a session or insertion record, or of a list of datasets. Those that are unsafe to use are left out. */
export function datasetsOf(records: unknown): Dataset[] {
  if (!Array.isArray(records)) return [];
  return records.flatMap((record) => {
    const dataset = datasetOf(record as Json);
    return dataset && String((record as Json).qc ?? '').toUpperCase() !== 'CRITICAL' ? [dataset] : [];
  });
}

function datasetOf(record: Json): Dataset | null {
  const url = typeof record.data_url === 'string' ? record.data_url : fileRecordUrl(record.file_records);
  const place = url && placeOf(url);
  if (!place || typeof record.name !== 'string') return null;
  const { revision } = place;
  return {
    ...place,
    name: record.name,
    collection: typeof record.collection === 'string' ? record.collection : place.collection,
    revision,
    // sessions say the string "True", lists of datasets a boolean
    isDefault: /^true$/i.test(String(record.default_revision ?? record.default_dataset ?? '')),
    size: typeof record.file_size === 'number' ? record.file_size : null,
    md5: typeof record.hash === 'string' && /^[0-9a-f]{32}$/i.test(record.hash) ? record.hash : null,
  };
}

/** The public web server's copy where there is one. */
function fileRecordUrl(records: unknown): string | null {
  if (!Array.isArray(records)) return null;
  const urls = (records as Json[]).flatMap((r) =>
    r.exists === true && typeof r.data_url === 'string' ? [r.data_url] : [],
  );
  return urls.find((url) => url.includes('/public/')) ?? urls[0] ?? null;
}

/** Splits a data URL by hand: it may hold a literal `#`, which a URL parser would take for a fragment. */
function placeOf(url: string): Pick<Dataset, 'root' | 'remotePath' | 'collection' | 'revision'> | null {
  const [, origin, path] = /^(https?:\/\/[^/]+)\/(.*)$/.exec(url) ?? [];
  if (!origin) return null;
  const segments = path.split('/').map(decodeSegment);
  const subjects = segments.lastIndexOf('Subjects');
  const remotePath = segments.slice(subjects - 1);
  // lab, Subjects, subject, date, number, name
  if (subjects < 1 || remotePath.length < 6 || !remotePath.every(isPlain)) return null;
  const inner = remotePath.slice(5, -1);
  const revision = inner.find((segment) => /^#.*#$/.test(segment))?.slice(1, -1) ?? '';
  const collection = inner.filter((segment) => !/^#.*#$/.test(segment)).join('/');
  return { root: urlOf(origin, ...segments.slice(0, subjects - 1)), remotePath, collection, revision };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** A path segment that stays where it is put. */
export function isPlain(segment: string): boolean {
  return segment !== '' && segment !== '.' && segment !== '..' && !/[/\\\0]/.test(segment) && !/^[a-z]:/i.test(segment);
}

/** Where the file lies below a cache folder, as ONE lays it out: without the uuid in the name. */
export function localPathOf({ remotePath, name }: Dataset): string[] {
  const last = remotePath[remotePath.length - 1];
  const plain = last.replace(/\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.[^.]+$)/i, '');
  return [...remotePath.slice(0, -1), isPlain(name) ? name : plain];
}

export interface Wanted {
  collection: string;
  /** `object.attribute.extension`; a namespace (`_ibl_`) before it is allowed. */
  file: string;
  /** The greatest revision up to this one, whatever the default is. */
  upTo?: string;
}

/** The dataset that fits, or null. Each file has its revision chosen by itself. */
export function chooseDataset(
  datasets: readonly Dataset[],
  { collection, file, upTo }: Wanted,
  report: Pick<ReportBuilder, 'warning'>,
): Dataset | null {
  const fitting = datasets.filter((d) => d.collection === collection && d.name.replace(/^_[a-z0-9]+_/i, '') === file);
  const names = [...new Set(fitting.map((d) => d.name))];
  if (names.length > 1) {
    const message = `${collection} holds ${file} under more than one namespace: ${names.join(', ')}`;
    throw new FormatError(message, { path: collection, location: file });
  }
  const byRevision = fitting.sort((a, b) => (a.revision < b.revision ? -1 : a.revision > b.revision ? 1 : 0));
  const early = upTo === undefined ? [] : byRevision.filter((d) => d.revision <= upTo);
  if (early.length) return early[early.length - 1];
  if (upTo !== undefined && fitting.length) {
    const message = `${collection}/${file} has no revision up to ${upTo}: cluster numbers may differ from the units table`;
    report.warning('later-revision', message);
  }
  const flagged = byRevision.find((d) => d.isDefault);
  if (flagged || byRevision.length === 0) return flagged ?? null;
  const last = byRevision[byRevision.length - 1];
  if (byRevision.length > 1) {
    const message = `${collection}/${file}: no revision is marked as default; the last one (${last.revision}) was taken`;
    report.warning('no-default-revision', message);
  }
  return last;
}
