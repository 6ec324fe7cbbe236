/** The Brain-Wide Map's table of units: from disk, S3 or the web, by columns. */

import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openParquet, type ParquetTable, parquetNumbers, parquetTexts } from '../../containers/parquet/table.js';
import { FormatError } from '../../core/errors.js';
import { type ByteSource, openLocalBytes } from '../../io/byte-source.js';
import type { SourceContext } from '../../io/context.js';
import { HttpClient } from '../../io/http/client.js';
import { downloadHttp, isComplete } from '../../io/http/download.js';
import { openHttpObject } from '../../io/http/object.js';
import { bytesOf } from '../../io/ranged-object.js';
import { isS3Url } from '../../io/s3/url.js';
import { makeTemporaryFolder } from '../../io/temporary.js';
import type { Transfer } from '../../io/transfer.js';
import { type Selection, selectGoodUnits } from './good-units.js';
import { defaultUnitsTable, defaultUnitsTableMd5, type IblServers } from './options.js';
import { regionOf } from './regions.js';

/** Attributes of a unit that are copied where the table has them. */
const numericAttributes = [
  'firing_rate',
  'presence_ratio',
  'amp_median',
  'contamination',
  'drift',
  'noise_cutoff',
] as const;

export interface GoodUnit {
  eid: string;
  pid: string;
  beryl: string;
  row: number;
}

export interface GoodUnits {
  table: ParquetTable;
  /** In the order of bwm_units. */
  units: GoodUnit[];
  atlasIds: Float64Array | null;
}

/** All good units of the table, as bwm_units would return them. */
export async function readGoodUnits(
  servers: IblServers,
  transfer: Transfer,
  context: SourceContext,
): Promise<GoodUnits> {
  const bytes = await openTable(servers, transfer, context);
  const table = await openParquet(bytes, context.limits, transfer.signal);
  const { name } = bytes;
  // a table that somebody saved from bwm_units has Beryl instead of, or besides, the id
  const place = table.columns.includes('atlas_id') ? 'atlas_id' : 'Beryl';
  const read = await table.read(['eid', 'pid', 'label', place] as const);
  const eid = parquetTexts(read.eid, 'eid', name);
  const pid = parquetTexts(read.pid, 'pid', name);
  const atlasIds = place === 'atlas_id' ? parquetNumbers(read[place], place, name) : null;
  const beryl = atlasIds
    ? Array.from(atlasIds, (id) => regionOf(id)?.beryl ?? null)
    : parquetTexts(read[place], place, name);
  const selection = selectGoodUnits({ eid, label: parquetNumbers(read.label, 'label', name), beryl });
  noteDropped(selection, context);
  const units = selection.rows.flatMap((row) => {
    const probe = pid[row];
    return probe === null ? [] : [{ eid: eid[row]!, pid: probe, beryl: beryl[row]!, row }];
  });
  return { table, units, atlasIds };
}

function noteDropped({ dropped }: Selection, { report }: SourceContext): void {
  if (dropped.unknownRegion === 0) return;
  const message = `${dropped.unknownRegion} units have an atlas_id that is in no atlas and were left out`;
  report.warning('unknown-region', message, dropped.unknownRegion);
}

/** The neuron attributes of these units. Values that the table does not have are left out. */
export async function unitAttributes({ table, atlasIds }: GoodUnits, units: readonly GoodUnit[]) {
  const present = numericAttributes.filter((column) => table.columns.includes(column));
  const texts = ['acronym'].filter((column) => table.columns.includes(column));
  const read = await table.read(['cluster_id', ...present, ...texts]);
  const clusterIds = parquetNumbers(read.cluster_id, 'cluster_id', table.name);
  const columns = present.map((column) => [column, parquetNumbers(read[column], column, table.name)] as const);
  const acronyms = texts.length ? parquetTexts(read.acronym, 'acronym', table.name) : null;
  return units.map(({ row, beryl }) => {
    const clusterId = clusterIds[row];
    if (!Number.isSafeInteger(clusterId) || clusterId < 0) {
      const place = { path: table.name, location: `cluster_id[${row}]` };
      throw new FormatError(`cluster_id[${row}] of ${table.name} must be a cluster number, got ${clusterId}`, place);
    }
    const atlasId = atlasIds?.[row];
    const region = atlasId === undefined ? undefined : regionOf(atlasId);
    const acronym = acronyms?.[row] ?? region?.acronym;
    return {
      unit_id: clusterId,
      cluster_id: clusterId,
      region: beryl,
      ...(acronym ? { acronym } : {}),
      ...(atlasId === undefined ? {} : { atlas_id: atlasId }),
      ...(region ? { cosmos: region.cosmos } : {}),
      ...Object.fromEntries(columns.flatMap(([key, of]) => (Number.isNaN(of[row]) ? [] : [[key, of[row]]]))),
    };
  });
}

async function openTable(servers: IblServers, transfer: Transfer, context: SourceContext): Promise<ByteSource> {
  const { unitsTable, cacheDir } = servers;
  const url = String(unitsTable);
  const isPublicBucket = url.startsWith(defaultUnitsTable.slice(0, defaultUnitsTable.indexOf('/aggregates')));
  const isWeb = /^https?:/i.test(url) && (isPublicBucket || !isS3Url(url));
  if (!isWeb) return context.openBytes(unitsTable, 'bwmUnitsTable');
  const http = new HttpClient(transfer);
  const expected = { md5: url === defaultUnitsTable ? defaultUnitsTableMd5 : null };
  const options = { expected, maxBytes: context.limits.maxFileBytes };
  if (cacheDir) {
    const path = join(cacheDir, 'bwm_tables', new URL(url).pathname.split('/').at(-1) || 'clusters.pqt');
    await mkdir(join(cacheDir, 'bwm_tables'), { recursive: true });
    // nothing is known of another table: what an earlier load has kept is taken as it is
    const kept = expected.md5 ? await isComplete(path, expected, transfer.signal) : await exists(path);
    if (!kept) await downloadHttp(url, path, http, options);
    return opened(await openLocalBytes(path), context);
  }
  const object = await openHttpObject(url, http, 8);
  if (object) return opened(bytesOf(object, transfer), context);
  // a server without ranges: the whole table, for this load only
  const folder = await makeTemporaryFolder();
  context.onEnd(folder.remove);
  await downloadHttp(url, join(folder.path, 'clusters.pqt'), http, options);
  return opened(await openLocalBytes(join(folder.path, 'clusters.pqt')), context);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function opened(bytes: ByteSource, context: SourceContext): ByteSource {
  context.onEnd(() => bytes.close());
  return bytes;
}
