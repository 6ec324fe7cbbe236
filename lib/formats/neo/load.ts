/** Neo's files: NIX (HDF5), or blocks, segments and spike trains that PickleIO pickled. */

import { open } from 'node:fs/promises';
import { integer } from '../../core/checks.js';
import { knownOptions } from '../../core/known-options.js';
import { type LoadOptions, loadOptionNames, type Source } from '../../core/options.js';
import { runLoader } from '../../loading/context.js';
import { sourceName } from '../../loading/source-name.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { readNix } from './nix.js';
import { readPickledNeo } from './pickled.js';
import { spikeDataFromNeo } from './train.js';

export interface NeoOptions extends LoadOptions {
  /** Which segment of the block. Default: the first, with a warning where there are more. */
  segmentIndex?: number;
  /** Which block of the file. Default: the first, with a warning where there are more. */
  blockIndex?: number;
}

const hdf5Signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/**
 * Loads the spike trains of one segment of one block: of a NIX file as Neo writes it, or of a pickled Neo Block, Segment or SpikeTrain
 * (read as data, nothing is executed). The window is that of t_start and t_stop, unit_id a train's name, and annotations
 * become attributes.
 *
 * @throws FormatError, UnsafePickleError, NotFoundError, LimitError, OptionError
 */
export async function loadSpikeDataFromNeo(source: Source, options: NeoOptions = {}): Promise<SpikeData> {
  const loader = { name: 'loadSpikeDataFromNeo', format: 'Neo' };
  options = knownOptions(options, { segmentIndex: true, blockIndex: true, ...loadOptionNames }, loader.name);
  const { segmentIndex, blockIndex } = options;
  if (blockIndex !== undefined) integer(blockIndex, 'blockIndex', 0);
  if (segmentIndex !== undefined) integer(segmentIndex, 'segmentIndex', 0);
  return runLoader(loader, [source], options, async (context) => {
    const path = await context.localFile(source);
    const nix = await isHdf5(path);
    const read = nix ? readNix : readPickledNeo;
    const segment = await context.report.time('reading', () =>
      read(path, { block: blockIndex, segment: segmentIndex }, context),
    );
    const metadata = {
      ...segment.metadata,
      source_file: sourceName(source),
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
