/** NWB files of the DANDI archive. */

import { ZarrTables } from '../../../containers/tables/zarr-tables.js';
import { openRemoteZarr } from '../../../containers/zarr/remote-store.js';
import { nonNegative, text } from '../../../core/checks.js';
import { knownOptions, pickOptions } from '../../../core/known-options.js';
import type { SourceContext } from '../../../io/context.js';
import { checkLoadOptions } from '../../../io/open-context.js';
import { makeTemporaryFolder } from '../../../io/temporary.js';
import { transferOf } from '../../../io/transfer.js';
import { runLoader } from '../../../loading/context.js';
import type { SpikeData } from '../../../spike-data/spike-data.js';
import { loadNwbTables, loadSpikeDataFromNwb, type NwbOptions, nwbOptionNames } from '../load.js';
import { remoteTables } from '../open-tables.js';
import {
  Archive,
  type DandiOptions,
  dandiOptionNames,
  resolveBase,
  resolveDandiset,
  resolveToken,
  resolveVersion,
} from './archive.js';
import { type AssetReference, assetDetail, fetchAsset, openAsset, parseAsset, zarrUrl } from './asset.js';

export type { DandiOptions } from './archive.js';
export { type DandiAsset, type ListDandiOptions, listDandiAssets } from './list.js';

export type LoadDandiOptions = DandiOptions & NwbOptions;

/**
 * Loads the units of an NWB asset: a large one is read where it lies, others are downloaded and verified. Takes all options of loadSpikeDataFromNwb.
 *
 * @param assetId The id of an asset, or a URL that holds one, such as `download_url` of listDandiAssets.
 * @throws OptionError, NotFoundError, UnsupportedError for Zarr assets, RemoteError, and what loadSpikeDataFromNwb throws
 */
export async function loadSpikeDataFromDandi(assetId: string, options: LoadDandiOptions = {}): Promise<SpikeData> {
  options = knownOptions(options, { ...nwbOptionNames, ...dandiOptionNames }, 'loadSpikeDataFromDandi');
  checkLoadOptions(options);
  // what comes from strangers is the file: it alone is read in isolation, and its download has no limit of time
  const here = { ...options, isolate: false };
  return runLoader({ name: 'loadSpikeDataFromDandi', format: 'nwb' }, [assetId], here, async (context) => {
    const asset = parseAsset(assetId);
    const { downloadDir, lengthMs } = options;
    if (downloadDir !== undefined) text(downloadDir, 'downloadDir');
    if (lengthMs !== undefined) nonNegative(lengthMs, 'lengthMs');
    const origin = provenance(asset, options);
    const archive = archiveOf(asset, options, context);
    const place = { downloadDir, folder: () => temporaryFolder(context) };
    const byRanges = !options.isolate && downloadDir === undefined && (options.remote ?? 'ranges') === 'ranges';
    const detail = await assetDetail(archive, asset.id);
    const zarr = zarrUrl(detail, archive, asset.id);
    if (zarr) {
      const tables = new ZarrTables(await openRemoteZarr(zarr, context));
      const sd = await loadNwbTables(tables, options, origin.source_reference, context);
      sd.metadata = { ...sd.metadata, ...origin };
      return sd;
    }
    const file = byRanges ? await openAsset(archive, detail, asset.id, context) : null;
    if (file) {
      const sd = await loadNwbTables(await remoteTables(file, context), options, origin.source_reference, context);
      sd.metadata = { ...sd.metadata, ...origin };
      return sd;
    }
    const { path, kept } = await context.report.time('download', () =>
      fetchAsset(archive, detail, asset.id, place, context),
    );
    context.report.remote = 'download';
    const sd = await loadNwb(path, options, context);
    sd.metadata = {
      ...sd.metadata,
      ...origin,
      ...(kept ? { downloaded_path: path } : { source_file: origin.source_reference }),
    };
    return sd;
  });
}

/** The API that the option names, else the URL's. A token meant for the one is not shown to the other. */
function archiveOf(asset: AssetReference, options: DandiOptions, context: SourceContext): Archive {
  const configured = resolveBase(options.apiBase);
  const token = resolveToken(options.apiToken, configured);
  const base = options.apiBase === undefined && asset.base ? resolveBase(asset.base) : configured;
  const trusted = new URL(base).origin === new URL(configured).origin;
  return new Archive(base, trusted ? token : null, transferOf(context));
}

function provenance(asset: AssetReference, options: DandiOptions) {
  const dandisetId = options.dandisetId === undefined ? asset.dandisetId : resolveDandiset(options.dandisetId);
  const version = resolveVersion(options.version ?? asset.version);
  const place = dandisetId ? `dandisets/${dandisetId}/versions/${version}/` : '';
  return {
    dandi_asset_id: asset.id,
    ...(dandisetId ? { dandi_dandiset_id: dandisetId } : {}),
    dandi_version: version,
    source_reference: `dandi://dandiarchive.org/${place}assets/${asset.id}`,
  };
}

async function temporaryFolder(context: SourceContext): Promise<string> {
  const folder = await makeTemporaryFolder();
  context.onEnd(folder.remove);
  return folder.path;
}

/** The file's own load; what it found goes into this load's report. */
async function loadNwb(path: string, options: LoadDandiOptions, { report }: SourceContext): Promise<SpikeData> {
  const sd = await loadSpikeDataFromNwb(path, pickOptions(options, nwbOptionNames));
  const found = sd.report!;
  report.findings.push(...found.findings);
  for (const [reason, count] of Object.entries(found.units.dropped)) report.dropUnits(reason, count);
  report.bytesRead += found.bytesRead;
  Object.assign(report.elapsedMs, { ...found.elapsedMs, total: 0 });
  return sd;
}
