/** `spikelab view`: one page that shows spikes and traces in any browser, without a network. */
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { viewPage } from '../api/view-page.js';
import { writeAtomically } from '../io/atomic.js';
import { pageHtml } from '../picture/page-html.js';
import { watched } from './loading.js';
import { finiteNumber, positiveInteger } from './numbers.js';
import { checkFolder } from './picture-file.js';
import { addPictureSourceOptions, openPictureSource, type PictureSourceFlags } from './picture-source.js';

interface ViewFlags extends PictureSourceFlags {
  out: string;
  traces?: number;
  tracesFrom?: number;
  traceChannels?: number;
}

const examples = `Examples:
  spikelab view sorted/ --out page.html                                             a sorter's folder or file
  spikelab view run_g0_t0.imec0.ap.bin --traces 10 --trace-channels 16 --out page.html
`;

export function addView(program: Command, signal: AbortSignal): void {
  const command = program
    .command('view')
    .summary('write a page that shows spikes and traces in a browser')
    .description(
      'Writes one HTML file with everything in it: raster, rate, probe, units, intervals, amplitudes and traces.',
    )
    .argument('<source>', 'a file or folder, or an s3:// or https:// URL of one')
    .optionsGroup('Page:')
    .requiredOption('--out <file>', 'the .html to write', pageFile)
    .option('--traces <seconds>', 'filtered traces that go in; 0 for none (default: 5)', seconds)
    .option('--traces-from <ms>', 'where they begin (default: the start)', finiteNumber)
    .option(
      '--trace-channels <n>',
      'how many channels of them: those with the most spikes (default: 8)',
      positiveInteger,
    );
  addPictureSourceOptions(command)
    .addHelpText('before', examples)
    .action((source: string, flags: ViewFlags) => view(source, flags, signal));
}

function pageFile(path: string): string {
  if (!['.html', '.htm'].includes(extname(path).toLowerCase())) throw new InvalidArgumentError('It must end in .html.');
  return path;
}

function seconds(text: string): number {
  const value = finiteNumber(text);
  if (value < 0) throw new InvalidArgumentError('It must be 0 or more.');
  return value;
}

async function view(path: string, flags: ViewFlags, signal: AbortSignal): Promise<void> {
  await checkFolder(flags.out);
  const source = await openPictureSource(path, flags, false, signal);
  try {
    const traces = { seconds: flags.traces, fromMs: flags.tracesFrom, channels: flags.traceChannels };
    const data = await watched(signal, (watching) => viewPage(source, [path, flags.dataset], traces, watching));
    await writeAtomically(
      flags.out,
      (temporary) => pipeline(Readable.from(pageHtml(data)), createWriteStream(temporary)),
      '--out',
    );
  } finally {
    await source.close();
  }
  process.stderr.write(`spikelab: wrote ${flags.out}\n`);
}
