/** SpikeData as CSV tables, for spreadsheets and for everything that reads nothing else. */
import { open } from 'node:fs/promises';
import { knownOptions } from '../../core/known-options.js';
import { Slices } from '../../core/slices.js';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { spikeColumns } from '../../spike-data/spike-rows.js';
import { type UnitColumn, unitIds } from '../../spike-data/unit-columns.js';
import { type TableExportOptions, tableExportOptionNames, writeTables } from '../../spike-data/write-tables.js';

export type CsvExportOptions = TableExportOptions;

/** Lines that are joined at a time: about a millisecond. */
const linesPerPiece = 2 ** 12;

/**
 * Writes `path`, UTF-8 with a header and commas (RFC 4180), with one row a spike: `unit` (0 … N - 1), `unit_id`, `time_ms` with
 * all of its digits, and attributes that have a number for each spike (`spike_amplitudes`), unit after unit and in time order within each. Where ids repeat, are missing or blank it has no `unit_id`: readers
 * would merge units. Beside it, X.units.csv has one row a unit: `unit`, `unit_id`, `spikes` (how many), and a column for each
 * attribute; lists and what else has no form in CSV are JSON. CSV has no place for N, length, start and metadata: they are not
 * written.
 *
 * @throws OptionError; NotFoundError where the folder is missing; SpikeLabError (`ERR_WRITE`) where the system refuses
 */
export async function exportSpikeDataToCsv(sd: SpikeData, path: string, options: CsvExportOptions = {}): Promise<void> {
  options = knownOptions(options, tableExportOptionNames, 'exportSpikeDataToCsv');
  const slices = new Slices(options.signal);
  await writeTables(sd, path, options, {
    pieceRows: linesPerPiece,
    async spikes(file, pieces) {
      const ids = unitIds(sd).values;
      // a reader that takes unit_id for the unit would merge those of one id, and cannot tell a blank one from none
      const distinct = !ids.includes(null) && !ids.includes('') && new Set(ids).size === ids.length;
      const heads = ids.map((id, unit) => (distinct ? `${unit},${cell(id)},` : `${unit},`));
      const more = spikeColumns(sd).map((name) => `,${cell(name)}`);
      await writeLines(file, async (write) => {
        await write(`${distinct ? 'unit,unit_id,time_ms' : 'unit,time_ms'}${more.join('')}\n`);
        for await (const { unit, timesMs, values } of pieces) {
          let lines = '';
          for (let i = 0; i < unit.length; i++) {
            lines += `${heads[unit[i]]}${timesMs[i]}${values.map((column) => `,${column[i]}`).join('')}\n`;
          }
          await write(lines);
          await slices.turn();
        }
      });
    },
    async units(file, columns) {
      await writeLines(file, async (write) => {
        await write(`${columns.map(({ name }) => cell(name)).join(',')}\n`);
        for (let row = 0; row < sd.N; row++) {
          await write(`${columns.map(({ values }) => cell(values[row])).join(',')}\n`);
          await slices.turn();
        }
      });
    },
  });
}

async function writeLines(
  path: string,
  work: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    await work((text) => file.writeFile(text));
  } finally {
    await file.close();
  }
}

/** Nothing for null; quoted where it would not be one cell otherwise, or would read as null. */
function cell(value: UnitColumn['values'][number]): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const plain = text !== '' && text === text.trim() && !/[",\r\n]/.test(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
