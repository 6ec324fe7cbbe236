/** `--out`: the raster as an SVG or PNG file. */
import { writeFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { NotFoundError } from '../core/errors.js';
import { writeAtomically } from '../io/atomic.js';
import { stat } from '../io/stat.js';
import { svgToPng } from '../picture/png.js';
import { type RasterOptions, rasterSvg } from '../picture/raster-svg.js';
import type { SpikeData } from '../spike-data/spike-data.js';

export function pictureFile(path: string): string {
  if (!['.svg', '.png'].includes(extname(path).toLowerCase())) {
    throw new InvalidArgumentError('It must end in .svg or .png.');
  }
  return path;
}

/** Found out before the work, not after an hour of it. */
export async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new NotFoundError(`--out: there is no folder ${folder} to write into`, { path: folder });
}

export async function writePicture(path: string, sd: SpikeData, options: RasterOptions): Promise<void> {
  const svg = rasterSvg(sd, options);
  const bytes = extname(path).toLowerCase() === '.png' ? await svgToPng(svg) : svg;
  await writeAtomically(path, (temporary) => writeFile(temporary, bytes), '--out');
}
