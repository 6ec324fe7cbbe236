/** `spikelab dandi`: NWB files of the DANDI archive. */
import type { Command } from 'commander';
import { type DandiAsset, listDandiAssets, loadSpikeDataFromDandi } from '../index.js';
import { addLibraryFlags, givenOptions, libraryOption } from './library-flags.js';
import { watched } from './loading.js';
import { positiveInteger } from './numbers.js';
import { addReadingOptions, type ReadingFlags, readingOptions } from './reading-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import { tableText } from './table.js';

const archive = ['version', 'apiToken', 'apiBase'];
const loading = [
  'dandisetId',
  'downloadDir',
  'unitsPath',
  'unitIds',
  'windowMs',
  'columns',
  'lengthMs',
  'startTimeMs',
  'allowNoUnits',
];

export function addDandi(program: Command, signal: AbortSignal): void {
  const dandi = program
    .command('dandi')
    .summary('NWB files of the DANDI archive')
    .description('Lists the NWB files of a dandiset of the DANDI archive, and loads one.');
  addLs(dandi, signal);
  addLoad(dandi, signal);
}

interface LsFlags extends ReadingFlags {
  json?: boolean;
  limit?: number;
}

function addLs(dandi: Command, signal: AbortSignal): void {
  const command = dandi
    .command('ls')
    .summary('list the NWB files of a dandiset')
    .addHelpText(
      'before',
      'Examples:\n  spikelab dandi ls 000003\n  spikelab dandi ls 000003 --version 0.230629.1955 --json\n',
    )
    .argument('<dandiset>', 'its number, as 000003')
    .addOption(libraryOption('version', 'of the dandiset (default: the newest)'))
    .option('--limit <n>', 'how many to show (default: 50)', positiveInteger)
    .option('--json', 'print JSON, all files');
  addLibraryFlags(addReadingOptions(command), [...archive, 'pathGlob', 'pageSize']).action(
    async (id: string, flags: LsFlags) => {
      const given = givenOptions(flags, [...archive, 'pathGlob', 'pageSize']);
      const limit = flags.json ? Number.POSITIVE_INFINITY : (flags.limit ?? 50);
      const assets = await watched(signal, async (watching) => {
        const found: DandiAsset[] = [];
        for await (const asset of listDandiAssets(id, { ...given, ...readingOptions(flags), ...watching })) {
          // one more than is shown says that there are more
          if (found.push(asset) > limit) break;
        }
        return found;
      });
      process.stdout.write(flags.json ? `${JSON.stringify(assets, null, 2)}\n` : assetsText(assets, limit));
    },
  );
}

function assetsText(assets: readonly DandiAsset[], limit: number): string {
  const rows = assets.slice(0, limit).map(({ asset_id, path, size }) => [path, megabytes(size), asset_id]);
  const table = tableText({ head: ['path', 'MB', 'asset'], rows, words: [0, 2] });
  const more = assets.length > limit ? 'and more (--limit)\n' : '';
  return `${table}\n${more}next: spikelab dandi load ASSET\n`;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function addLoad(dandi: Command, signal: AbortSignal): void {
  const command = dandi
    .command('load')
    .summary('load the units of one file')
    .addHelpText(
      'before',
      'Examples:\n  spikelab dandi load ASSET --out units.h5\n  spikelab dandi load ASSET --download-dir data/\n',
    )
    .argument('<asset>', 'its id, or its download URL')
    .addOption(libraryOption('downloadDir', 'folder in which the file is kept (default: it is removed)'))
    .addOption(libraryOption('unitIds', 'only these units'));
  addOutputOptions(addLibraryFlags(addReadingOptions(command), [...archive, ...loading])).action(
    async (asset: string, flags: OutputFlags & ReadingFlags) => {
      const target = await checkOutput(flags);
      const given = givenOptions(flags, [...archive, ...loading]);
      const sd = await watched(signal, (watching) =>
        loadSpikeDataFromDandi(asset, { ...given, ...readingOptions(flags), ...watching }),
      );
      await showSpikes(sd, flags, {
        kind: 'unit',
        title: asset,
        origin: 'dandi',
        head: { asset, format: 'nwb' },
        target,
      });
    },
  );
}
