/** ONE's index tables of sessions and datasets, of any age: what Alyx would say, without asking it. */
import { join } from 'node:path';
import { openParquet, type ParquetColumn, type ParquetTable, parquetTexts } from '../../containers/parquet/table.js';
import { extractMembers } from '../../containers/zip/members.js';
import { FormatError, NotFoundError } from '../../core/errors.js';
import type { Source } from '../../core/options.js';
import { openLocalBytes } from '../../io/byte-source.js';
import type { SourceContext } from '../../io/context.js';
import { downloadHttp } from '../../io/http/download.js';
import { isS3Url } from '../../io/s3/url.js';
import { localPath } from '../../io/source.js';
import { stat } from '../../io/stat.js';
import { makeTemporaryFolder } from '../../io/temporary.js';
import type { Alyx, Json } from './alyx.js';
import { type Dataset, isPlain } from './datasets.js';
import { flatironRoot } from './options.js';

const names = ['sessions.pqt', 'datasets.pqt'] as const;

/** The session's record, with the names that Alyx uses, and its datasets. */
export async function readIndex(
  source: Source,
  eid: string,
  alyx: Alyx,
  context: SourceContext,
): Promise<{ session: Json; datasets: Dataset[] }> {
  const folder = await tablesFolder(source, alyx, context);
  const session = await withTable(join(folder, names[0]), context, (table) => findSession(table, eid));
  const datasets = await withTable(join(folder, names[1]), context, (table) => findDatasets(table, eid, session.path));
  return { session: session.record, datasets };
}

/** A folder with both tables: the given one, or what a zip holds. */
async function tablesFolder(source: Source, alyx: Alyx, context: SourceContext): Promise<string> {
  const isWeb = /^https?:/i.test(String(source)) && !isS3Url(source);
  if (!isWeb && !isS3Url(source)) {
    const path = localPath(source, 'indexTables');
    if ((await stat(path).catch(() => null))?.isDirectory()) return path;
  }
  const folder = await makeTemporaryFolder();
  context.onEnd(folder.remove);
  const { maxFileBytes } = context.limits;
  let zip = join(folder.path, 'cache.zip');
  if (isWeb) await fetchZip(String(source), zip, alyx, maxFileBytes);
  else zip = await context.localFile(source, 'indexTables');
  await extractMembers(zip, names, folder.path, { maxBytes: maxFileBytes, signal: context.signal });
  return folder.path;
}

/** A `/cache/info/` address tells where the zip is; any other is the zip. */
async function fetchZip(url: string, path: string, alyx: Alyx, maxBytes: number): Promise<void> {
  let location = url;
  if (/\/cache\/info(\/|$)/.test(new URL(url).pathname)) {
    const record = (await (await alyx.clientFor(url)).json(url)) as Json | null;
    if (typeof record?.location !== 'string' || !URL.canParse(record.location, url))
      throw new FormatError(`${url} must say where the tables are, found no location`, {
        path: url,
        location: 'location',
      });
    location = new URL(record.location, url).href;
  }
  await downloadHttp(location, path, await alyx.clientFor(location), { expected: {}, maxBytes });
}

async function withTable<T>(
  path: string,
  context: SourceContext,
  use: (table: ParquetTable) => Promise<T>,
): Promise<T> {
  const bytes = await openLocalBytes(path).catch((cause) => {
    throw new NotFoundError(`no index table can be read at ${path}`, { path }, { cause });
  });
  try {
    return await use(await openParquet(bytes, context.limits, context.signal));
  } finally {
    await bytes.close();
  }
}

interface SessionRow {
  record: Json;
  /** lab/Subjects/subject/date/number */
  path: string;
}

async function findSession(table: ParquetTable, eid: string): Promise<SessionRow> {
  const row = (await idsOf(table, ['id', 'eid'])).indexOf(eid);
  if (row < 0) throw new NotFoundError(`session ${eid} is not in ${table.name}`, { path: table.name, location: eid });
  const projects = table.columns.includes('projects') ? 'projects' : 'project';
  const wanted = ['lab', 'subject', 'date', 'number', 'task_protocol', projects].filter((c) =>
    table.columns.includes(c),
  );
  const read = await table.read(wanted);
  const cell = (column: string) => (read[column] as ParquetColumn | undefined)?.[row] ?? null;
  const date = dayOf(cell('date'));
  const number = Number(cell('number'));
  const [lab, subject] = [String(cell('lab')), String(cell('subject'))];
  const path = [lab, 'Subjects', subject, date, String(number).padStart(3, '0')].join('/');
  const list = String(cell(projects) ?? '')
    .split(',')
    .map((project) => project.trim());
  const record = {
    id: eid,
    lab,
    subject,
    start_time: date,
    number,
    task_protocol: cell('task_protocol') || null,
    projects: list.filter((project) => project && project !== 'None'),
  };
  return { record, path };
}

async function findDatasets(table: ParquetTable, eid: string, sessionPath: string): Promise<Dataset[]> {
  const rows = (await idsOf(table, ['eid'])).flatMap((id, row) => (id === eid ? [row] : []));
  const ids = await idsOf(table, ['id', 'dset_id']);
  const optional = ['file_size', 'hash', 'exists', 'default_revision', 'qc'].filter((c) => table.columns.includes(c));
  const read = (await table.read(['rel_path', ...optional])) as Record<string, ParquetColumn | undefined>;
  const paths = parquetTexts(read.rel_path!, 'rel_path', table.name);
  return rows.flatMap((row) => {
    const critical = String(read.qc?.[row] ?? 'NOT_SET').toUpperCase() === 'CRITICAL';
    const id = ids[row];
    const segments = (paths[row] ?? '').split('/');
    if (read.exists?.[row] === false || critical || id === null || !segments.every(isPlain)) return [];
    const name = segments[segments.length - 1];
    const folders = segments.slice(0, -1);
    const size = read.file_size?.[row];
    const md5 = read.hash?.[row];
    const isRevision = (segment: string) => /^#.*#$/.test(segment);
    return {
      name,
      collection: folders.filter((segment) => !isRevision(segment)).join('/'),
      revision: folders.find(isRevision)?.slice(1, -1) ?? '',
      isDefault: read.default_revision?.[row] === true,
      size: size === null || size === undefined ? null : Number(size),
      md5: typeof md5 === 'string' && /^[0-9a-f]{32}$/i.test(md5) ? md5 : null,
      root: flatironRoot,
      remotePath: [...sessionPath.split('/'), ...folders, name.replace(/(\.[^.]+)$/, `.${id}$1`)],
    };
  });
}

/** UUIDs of a table's rows, under the first of these names: as text, or in older tables as two int64. */
async function idsOf(table: ParquetTable, candidates: readonly string[]): Promise<(string | null)[]> {
  for (const name of candidates) {
    const pair = [`${name}_0`, `${name}_1`];
    // tables made on a local disk have paths under the plain name, beside the numbers
    if (pair.every((column) => table.columns.includes(column))) {
      const read = await table.read(pair);
      return Array.from({ length: table.rows }, (_, row) => uuidOf(read[pair[0]][row], read[pair[1]][row]));
    }
    if (table.columns.includes(name)) return parquetTexts((await table.read([name]))[name], name, table.name);
  }
  const expected = candidates.join(' or ');
  throw new FormatError(`${table.name} must have a column ${expected}, found ${table.columns.join(', ')}`, {
    path: table.name,
    location: candidates[0],
  });
}

/** A UUID's 16 bytes are the two numbers one after the other, each little-endian. */
export function uuidOf(first: unknown, second: unknown): string | null {
  if (typeof first !== 'bigint' || typeof second !== 'bigint') return null;
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt.asIntN(64, first), 0);
  bytes.writeBigInt64LE(BigInt.asIntN(64, second), 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function dayOf(value: unknown): string {
  return value instanceof Date ? value.toISOString().slice(0, 10) : String(value ?? '').slice(0, 10);
}
