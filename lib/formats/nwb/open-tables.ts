/** An NWB file as tables, whatever it is stored in and wherever it lies. */
import { openHdf5 } from '../../containers/hdf5/file.js';
import { openHdf5Source } from '../../containers/hdf5/open-source.js';
import { Hdf5Tables, type TableSource } from '../../containers/tables/tables.js';
import { ZarrTables } from '../../containers/tables/zarr-tables.js';
import { ZarrFolder } from '../../containers/zarr/folder.js';
import { isReferences, openReferences } from '../../containers/zarr/references.js';
import { findRemoteZarr } from '../../containers/zarr/remote-store.js';
import type { Source } from '../../core/options.js';
import type { SourceContext } from '../../io/context.js';
import { isRemote } from '../../io/ranges/open.js';
import type { RemoteFile } from '../../io/ranges/remote-file.js';
import { localPath } from '../../io/source.js';
import { stat } from '../../io/stat.js';

export async function openTables(source: Source, context: SourceContext): Promise<TableSource> {
  const { limits, followLinks, signal, report } = context;
  const zarr = await findRemoteZarr(source, context);
  if (zarr) return new ZarrTables(zarr);
  if (isReferences(source)) return new ZarrTables(await openReferences(source, context));
  const folder = isRemote(source) ? null : localPath(source, 'source');
  if (folder !== null && (await stat(folder).catch(() => null))?.isDirectory()) {
    const onBytes = (bytes: number) => {
      report.bytesRead += bytes;
    };
    return new ZarrTables(await ZarrFolder.open(folder, { limits, followLinks, signal, onBytes }));
  }
  return new Hdf5Tables(await openHdf5Source(source, context));
}

/** A file that its finder has opened on a server. */
export async function remoteTables(file: RemoteFile, { limits, signal }: SourceContext): Promise<TableSource> {
  return new Hdf5Tables(await openHdf5(file, { limits, signal }));
}
