/** NWB files of the DANDI archive. */
import { nonNegative, text } from '../options.js';
import { makeTemporaryFolder } from '../remote/temporary.js';
import { transferOf } from '../remote/transfer.js';
import type { SpikeData } from '../spike-data.js';
import { checkLoadOptions, type LoadContext, runLoader } from './context.js';
import {
  Archive,
  type DandiOptions,
  resolveBase,
  resolveDandiset,
  resolveToken,
  resolveVersion,
} from './dandi/archive.js';
import { type AssetReference, fetchAsset, parseAsset } from './dandi/asset.js';
import { loadSpikeDataFromNwb, type NwbOptions } from './nwb.js';

export type { DandiOptions } from './dandi/archive.js';
export { type DandiAsset, type ListDandiOptions, listDandiAssets } from './dandi/list.js';

export type LoadDandiOptions = DandiOptions & NwbOptions;

/**
 * Downloads an NWB asset, verifies it, and loads its units. Takes all options of loadSpikeDataFromNwb.
 *
 * @param assetId The id of an asset, or a URL that holds one, such as `download_url` of listDandiAssets.
 * @throws OptionError, NotFoundError, UnsupportedError for Zarr assets, RemoteError, and what loadSpikeDataFromNwb throws
 */
export async function loadSpikeDataFromDandi(assetId: string, options: LoadDandiOptions = {}): Promise<SpikeData> {
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
    const { path, kept } = await context.report.time('download', () => fetchAsset(archive, asset.id, place, context));
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
function archiveOf(asset: AssetReference, options: DandiOptions, context: LoadContext): Archive {
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

async function temporaryFolder(context: LoadContext): Promise<string> {
  const folder = await makeTemporaryFolder();
  context.onEnd(folder.remove);
  return folder.path;
}

/** The file's own load; what it found goes into this load's report. */
async function loadNwb(path: string, options: LoadDandiOptions, { report }: LoadContext): Promise<SpikeData> {
  const sd = await loadSpikeDataFromNwb(path, options);
  const found = sd.report!;
  report.findings.push(...found.findings);
  for (const [reason, count] of Object.entries(found.units.dropped)) report.dropUnits(reason, count);
  report.bytesRead += found.bytesRead;
  Object.assign(report.elapsedMs, { ...found.elapsedMs, total: 0 });
  return sd;
}
