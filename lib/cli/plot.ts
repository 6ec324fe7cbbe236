/** `spikelab plot`: one picture, as wide as a column of a journal. */
import { writeFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { writeAtomically } from '../io/atomic.js';
import { columnPixels } from '../picture/column.js';
import { svgToPng } from '../picture/png.js';
import { duration } from '../picture/scale.js';
import { watched } from './loading.js';
import { finiteNumber, positiveNumber } from './numbers.js';
import { checkFolder, pictureFile } from './picture-file.js';
import { drawPicture, type PictureKind, pictureKinds } from './picture-kinds.js';
import { addPictureSourceOptions, openPictureSource, type PictureSourceFlags } from './picture-source.js';

interface PlotFlags extends PictureSourceFlags {
  out: string;
  kind: PictureKind;
  only?: number[];
  at?: number;
  span?: number;
  value?: 'rate' | 'noise';
}

const examples = `Examples:
  spikelab plot sorted/ --kind isi --out isi.svg                            a sorter's folder or file
  spikelab plot run_g0_t0.imec0.ap.bin --kind traces --out traces.png       a recording
  spikelab plot recording.h5 --dataset /traces --fs 20000 --kind amplitudes --only 3,7 --out amplitudes.svg
`;

export function addPlot(program: Command, signal: AbortSignal): void {
  const command = program
    .command('plot')
    .summary('draw spikes, rates, a probe, intervals, amplitudes or traces')
    .description('Draws sorted spikes, or a recording and the spikes detected in it, 85 mm wide.')
    .argument('<source>', 'a file or folder, or an s3:// or https:// URL of one')
    .optionsGroup('Picture:')
    .requiredOption('--out <file>', 'the .svg or .png to write', pictureFile)
    .addOption(new Option('--kind <what>', 'what to draw').choices(pictureKinds).default('raster'))
    .option(
      '--only <rows>',
      'these units or channels, by number from 0: 3,7 (default: all, or the busiest)',
      rowNumbers,
    )
    .option('--at <ms>', 'traces: time in the middle (default: where the most spikes are)', finiteNumber)
    .option('--span <ms>', 'traces: length of time shown (default: 50)', positiveNumber)
    .addOption(new Option('--value <what>', 'probe: what is coloured (default: rate)').choices(['rate', 'noise']));
  addPictureSourceOptions(command)
    .addHelpText('before', examples)
    .action((source: string, flags: PlotFlags) => plot(source, flags, signal));
}

function rowNumbers(text: string): number[] {
  const rows = text.split(',').map((part) => part.trim());
  if (!rows.every((row) => /^\d{1,9}$/.test(row))) throw new InvalidArgumentError('It must be numbers from 0: 3,7.');
  return [...new Set(rows.map(Number))];
}

async function plot(path: string, flags: PlotFlags, signal: AbortSignal): Promise<void> {
  await checkFolder(flags.out);
  const needsTraces = flags.kind === 'traces' || flags.value === 'noise';
  const source = await openPictureSource(path, flags, needsTraces, signal);
  try {
    const title = [basename(path), flags.dataset].filter(Boolean).join(' · ');
    const spikes = source.sd.train.reduce((sum, train) => sum + train.length, 0);
    const subtitle = `${spikes.toLocaleString('en-US')} spikes in ${duration(source.sd.length)} · ${source.origin}`;
    const svg = await watched(signal, (watching) =>
      drawPicture(flags.kind, source, { ...flags, title, subtitle }, watching),
    );
    const bytes = extname(flags.out).toLowerCase() === '.png' ? await svgToPng(svg, columnPixels) : svg;
    await writeAtomically(flags.out, (temporary) => writeFile(temporary, bytes), '--out');
  } finally {
    await source.close();
  }
  process.stderr.write(`spikelab: wrote ${flags.out}\n`);
}
