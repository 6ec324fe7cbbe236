/** Neo's files: NIX (HDF5), or blocks, segments and spike trains that PickleIO pickled. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { integer, type LoadOptions, type Source } from '../options.js';
import { withoutSecrets } from '../report.js';
import type { SpikeData } from '../spike-data.js';
import { runLoader } from './context.js';
import { readNix } from './neo/nix.js';
import { readPickledNeo } from './neo/pickled.js';
import { spikeDataFromNeo } from './neo/train.js';

export interface NeoOptions extends LoadOptions {
  /** Which segment of the block. Default: the first, with a warning where there are more. */
  segmentIndex?: number;
}

const hdf5Signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Loads the spike trains of one segment: of a NIX file as Neo writes it, or of a pickled Neo Block, Segment or SpikeTrain
 * (read as data, nothing is executed). The window is that of t_start and t_stop, unit_id a train's name, and annotations
 * become attributes.
 *
 * @throws FormatError, UnsafePickleError, NotFoundError, LimitError, OptionError
 */
export async function loadSpikeDataFromNeo(source: Source, options: NeoOptions = {}): Promise<SpikeData> {
  const segmentIndex = options?.segmentIndex ?? undefined;
  if (segmentIndex !== undefined) integer(segmentIndex, 'segmentIndex', 0);
  const loader = { name: 'loadSpikeDataFromNeo', format: 'Neo' };
  return runLoader(loader, [source], options, async (context) => {
    const path = await context.localFile(source);
    const nix = await isHdf5(path);
    const read = nix ? readNix : readPickledNeo;
    const segment = await context.report.time('reading', () => read(path, segmentIndex, context));
    const metadata = {
      ...segment.metadata,
      source_file: typeof source === 'string' ? withoutSecrets(source) : basename(path),
      source_format: nix ? 'Neo NIX' : 'Neo pickle',
    };
    return spikeDataFromNeo({ ...segment, metadata }, path, context);
  });
}

async function isHdf5(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(hdf5Signature.length);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return start.subarray(0, bytesRead).equals(hdf5Signature);
  } finally {
    await file.close();
  }
}
