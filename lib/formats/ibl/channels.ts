/** The channels of a probe: where they sit on it and in the brain. */

import { readNpy, toFloat64 } from '../../containers/npy/file.js';
import { FormatError, NotFoundError, RemoteError } from '../../core/errors.js';
import { allOrFirstFault } from '../../core/first-fault.js';
import type { SourceContext } from '../../io/context.js';
import { chooseDataset, type Dataset } from './datasets.js';
import type { SessionFiles } from './files.js';
import { regionOf } from './regions.js';

export interface Channel {
  /** Acronym of the brain structure. */
  location?: string;
  /** Allen CCF 2017 id. */
  atlas_id?: number;
  /** µm from bregma: right, front, up. */
  x?: number;
  y?: number;
  z?: number;
  /** µm on the probe: across, and along from the tip. */
  local_x?: number;
  local_y?: number;
  /** Channel of the raw recording. */
  raw_index?: number;
}

interface Column {
  values: Float64Array;
  /** Values of a channel. */
  width: number;
}

/** Channels by number, or null where none of their files can be read: they are worth having, not worth failing for. */
export async function readChannels(
  datasets: readonly Dataset[],
  collection: string,
  files: SessionFiles,
  context: SourceContext,
): Promise<Record<number, Channel> | null> {
  const read = async (attribute: string, width: number, sites?: string): Promise<Column | null> => {
    const dataset =
      (sites &&
        chooseDataset(datasets, { collection: sites, file: `electrodeSites.${attribute}.npy` }, context.report)) ||
      chooseDataset(datasets, { collection, file: `channels.${attribute}.npy` }, context.report);
    return dataset ? readColumn(await files.fetch(dataset), width, context) : null;
  };
  // electrode sites lie with the probe, not with one of its sortings
  const probe = /^alf\/[^/]+/.exec(collection)?.[0];
  try {
    const [local, raw, brain, ids] = await allOrFirstFault([
      read('localCoordinates', 2, probe),
      read('rawInd', 1),
      read('mlapdv', 3, probe),
      read('brainLocationIds_ccf_2017', 1, probe),
    ]);
    return channelsOf({ local, raw, brain, ids });
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof NotFoundError || error instanceof RemoteError || error instanceof FormatError)) throw error;
    context.report.info('channels-not-read', `the channels could not be read: ${error.message}`);
    return null;
  }
}

async function readColumn(path: string, width: number, { signal, limits }: SourceContext): Promise<Column> {
  const { data, shape } = await readNpy(path, { signal, maxArrayBytes: limits.maxArrayBytes });
  const perRow = shape.slice(1).reduce((product, n) => product * n, 1);
  if (shape.length === 0 || perRow !== width) {
    const message = `channels need ${width} values each, found the shape (${shape.join(', ')}) in ${path}`;
    throw new FormatError(message, { path });
  }
  return { values: toFloat64(data, { path }), width };
}

function channelsOf(columns: Record<'local' | 'raw' | 'brain' | 'ids', Column | null>): Record<number, Channel> | null {
  const lengths = Object.values(columns).map((column) => (column ? column.values.length / column.width : 0));
  const count = Math.max(...lengths);
  if (count === 0) return null;
  const at = (column: Column | null, channel: number, i: number) => column?.values[channel * column.width + i];
  const channels: Record<number, Channel> = {};
  for (let c = 0; c < count; c++) {
    const id = at(columns.ids, c, 0);
    const all: Channel = {
      location: id === undefined ? undefined : regionOf(id)?.acronym,
      atlas_id: id,
      x: at(columns.brain, c, 0),
      y: at(columns.brain, c, 1),
      z: at(columns.brain, c, 2),
      local_x: at(columns.local, c, 0),
      local_y: at(columns.local, c, 1),
      raw_index: at(columns.raw, c, 0),
    };
    channels[c] = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }
  return channels;
}
