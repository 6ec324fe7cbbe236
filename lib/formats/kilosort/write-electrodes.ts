/** Which electrode each unit of a KiloSort export has: channel_map.npy, and cluster_info.tsv where that cannot tell. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveNpy } from '../../containers/npy/write.js';
import type { OnWarning } from '../../core/findings.js';
import { warn } from '../../core/report.js';
import type { FolderChange } from '../../io/listed-files.js';
import { stat } from '../../io/stat.js';
import type { SpikeData } from '../../spike-data/spike-data.js';

const mapName = 'channel_map.npy';
const tableName = 'cluster_info.tsv';
const tableHeader = 'cluster_id\tch\n';

/** What loaders believe of a folder besides the files that are written here. */
const believed = [
  'channel_positions.npy',
  'templates.npy',
  'template_ind.npy',
  'spike_templates.npy',
  'spike_positions.npy',
  'pc_feature_ind.npy',
  'whitening_mat.npy',
  'whitening_mat_inv.npy',
  ...['info', 'group', 'KSLabel', 'Amplitude', 'ContamPct', 'si_unit_ids'].flatMap((name) => [
    `cluster_${name}.tsv`,
    `cluster_${name}.csv`,
  ]),
];

/**
 * The files that say so. channel_map.npy has the units' electrodes in their order, which says it all where the cluster ids
 * are 0 … N - 1 and every unit has spikes and an electrode; elsewhere cluster_info.tsv lists them by id, as Phy does.
 */
export async function electrodeFiles(
  sd: SpikeData,
  ids: readonly number[],
  folder: string,
  onWarning?: OnWarning,
): Promise<FolderChange> {
  const electrodes = electrodesOf(sd);
  const files: [string, (path: string) => Promise<void>][] = [];
  const known = electrodes.filter((electrode) => electrode !== undefined);
  const complete = known.length > 0 && known.length === sd.N;
  const inOrder = complete && sd.train.every(({ length }, u) => length > 0 && ids[u] === u);
  if (complete) files.push([mapName, (path) => saveNpy(path, BigInt64Array.from(known, BigInt))]);
  const table = await oldTable(folder);
  const list = known.length > 0 && !inOrder && table !== 'of others';
  if (list) files.push([tableName, (path) => writeFile(path, listed(ids, electrodes))]);
  const tell = (code: string, message: string) => warn({ code, severity: 'warning', message }, onWarning);
  if (!complete && sd.neuronAttributes?.some(({ electrode }) => electrode !== undefined && electrode !== null)) {
    const rest = list ? `; ${tableName} lists those that have one` : '';
    tell(
      'electrodes-incomplete',
      `${mapName} was not written: it needs an electrode with a whole number from 0 for every unit${rest}`,
    );
  }
  if (!complete && (await isFile(join(folder, mapName)))) tell('old-channel-map', leftMessage(join(folder, mapName)));
  const old: string[] = [];
  for (const name of believed) {
    if (!(name === tableName && table !== 'of others') && (await isFile(join(folder, name)))) old.push(name);
  }
  if (old.length) tell('old-files', leftMessage(`${old.join(', ')} in ${folder}`));
  return { files: new Map(files), obsolete: list || table !== 'ours' ? [] : [tableName] };
}

const leftMessage = (what: string) =>
  `${what}: from before and left there; what is loaded from the folder may not belong to the units that were written`;

const isFile = (path: string) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

function electrodesOf({ neuronAttributes, N }: SpikeData): (number | undefined)[] {
  return Array.from({ length: N }, (_, u) => {
    const electrode: unknown = neuronAttributes?.[u]?.electrode;
    const number = typeof electrode === 'bigint' ? Number(electrode) : electrode;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
  });
}

/** Units with the same id become one: the first electrode counts. */
function listed(ids: readonly number[], electrodes: readonly (number | undefined)[]): string {
  const byId = new Map<number, number | undefined>();
  ids.forEach((id, u) => void byId.set(id, byId.get(id) ?? electrodes[u]));
  return tableHeader + [...byId].map(([id, electrode]) => `${id}\t${electrode ?? ''}\n`).join('');
}

/** Tables of Phy hold what a person decided: only those that were written here are replaced, or removed. */
async function oldTable(folder: string): Promise<'none' | 'ours' | 'of others'> {
  const path = join(folder, tableName);
  if (!(await isFile(path))) return 'none';
  const file = await open(path).catch(() => undefined);
  const start = Buffer.alloc(tableHeader.length);
  try {
    await file?.read(start, 0, start.length, 0);
  } finally {
    await file?.close();
  }
  return start.toString('latin1') === tableHeader ? 'ours' : 'of others';
}
