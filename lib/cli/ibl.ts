/** `spikelab ibl`: probes of the International Brain Laboratory, found by region and loaded by id. */
import type { Command } from 'commander';
import { loadSpikeDataFromIbl, queryIblProbes } from '../index.js';
import { addLibraryFlags, givenOptions, libraryOption } from './library-flags.js';
import { watched } from './loading.js';
import { positiveInteger } from './numbers.js';
import { addReadingOptions, type ReadingFlags, readingOptions } from './reading-options.js';
import { addOutputOptions, checkOutput, type OutputFlags, showSpikes } from './spike-output.js';
import { tableText } from './table.js';

const servers = ['baseUrl', 'cacheDir', 'username', 'password', 'bwmUnitsTable', 'dataUrls', 'indexTables'];
const loading = ['lengthMs', 'collection'];

export function addIbl(program: Command, signal: AbortSignal): void {
  const ibl = program
    .command('ibl')
    .summary('probes of the International Brain Laboratory')
    .description('Finds probes of the International Brain Laboratory and loads their spikes.');
  addProbes(ibl, signal);
  addLoad(ibl, signal);
}

interface ProbesFlags extends ReadingFlags {
  json?: boolean;
  limit?: number;
}

function addProbes(ibl: Command, signal: AbortSignal): void {
  const command = ibl
    .command('probes')
    .summary('list probes by brain region and number of good units')
    .addHelpText('before', 'Examples:\n  spikelab ibl probes --target-regions CA1,DG --min-units 20 --limit 10\n')
    .addOption(libraryOption('targetRegions', 'Beryl acronyms, as CA1,DG (default: all)'))
    .addOption(libraryOption('minUnits', 'good units that a probe needs (default: 0)'))
    .addOption(libraryOption('minFractionInTarget', 'share of them in the regions, 0 to 1 (default: 0)'))
    .option('--limit <n>', 'how many to show (default: 50)', positiveInteger)
    .option('--json', 'print JSON, all probes');
  addLibraryFlags(addReadingOptions(command), servers).action(async (flags: ProbesFlags) => {
    const given = givenOptions(flags, ['targetRegions', 'minUnits', 'minFractionInTarget', ...servers]);
    const { stats } = await watched(signal, (watching) =>
      queryIblProbes({ ...given, ...readingOptions(flags), ...watching }),
    );
    if (flags.json) process.stdout.write(`${JSON.stringify(stats, null, 2)}\n`);
    else process.stdout.write(probesText(stats, flags.limit ?? 50));
  });
}

type Stats = Awaited<ReturnType<typeof queryIblProbes>>['stats'];

function probesText(stats: Stats, limit: number): string {
  const rows = stats.slice(0, limit).map(({ eid, pid, n_good_units, fraction_in_target }) => {
    return [eid, pid, String(n_good_units), fraction_in_target?.toFixed(2) ?? '–'];
  });
  const table = tableText({ head: ['eid', 'pid', 'good units', 'in target'], rows, words: [0, 1] });
  const more = stats.length > limit ? `and ${stats.length - limit} more (--limit)\n` : '';
  return `${table}\n${more}next: spikelab ibl load EID PID\n`;
}

function addLoad(ibl: Command, signal: AbortSignal): void {
  const command = ibl
    .command('load')
    .summary('load the good units of one probe')
    .addHelpText(
      'before',
      'Examples:\n  spikelab ibl load EID PID --out probe.nwb\n  spikelab ibl load EID PID --cache-dir ~/ONE\n',
    )
    .argument('<eid>', 'id of the session')
    .argument('<pid>', 'id of the probe')
    .addOption(libraryOption('cacheDir', 'folder for files, laid out as ONE does (default: nothing is kept)'))
    .addOption(libraryOption('collection', 'where the spikes lie, as alf/probe00/pykilosort'));
  addOutputOptions(addLibraryFlags(addReadingOptions(command), [...servers, ...loading])).action(
    async (eid: string, pid: string, flags: OutputFlags & ReadingFlags) => {
      const target = await checkOutput(flags);
      const given = givenOptions(flags, [...servers, ...loading]);
      const sd = await watched(signal, (watching) =>
        loadSpikeDataFromIbl(eid, pid, { ...given, ...readingOptions(flags), ...watching }),
      );
      await showSpikes(sd, flags, {
        kind: 'unit',
        title: `${eid} · ${pid}`,
        origin: 'ibl',
        head: { eid, pid, format: 'ibl' },
        target,
      });
    },
  );
}
