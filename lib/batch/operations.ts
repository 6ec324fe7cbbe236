/** What a batch does with one item: reads its source and writes its outputs into a folder of its own. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type FormatOptions, save } from '../api/format-choice.js';
import { identify } from '../api/identify.js';
import { OptionError } from '../core/errors.js';
import { exporters, type NamedExporter } from '../formats/table.js';
import type { SpikeData } from '../spike-data/spike-data.js';
import type { Work } from './contract.js';
import { endingOf } from './items.js';
import { plotInto, viewInto } from './pictures.js';
import { type Counts, countsOf, readingOf, spikesOf, type Terms } from './spikes.js';

/** @param folder where the output, by the last part of its path, and what belongs beside it are written */
export async function perform(work: Work, folder: string, terms: Terms): Promise<Counts> {
  const target = join(folder, basename(work.output));
  if (work.do === 'identify') return identifyInto(target, work, terms);
  const { given, to } = splitOptions(work);
  if (work.do === 'plot') return plotInto(target, work, given, terms);
  if (work.do === 'view') return viewInto(target, work, given, terms);
  const [main, ...also] = targetsOf(work, to, terms);
  const sd = await spikesOf(work, given, terms);
  // what belongs beside an output is there before it
  for (const each of [...also, main]) {
    terms.signal.throwIfAborted();
    await writeSpikes(sd, join(folder, each.name), each);
  }
  return countsOf(sd);
}

interface SpikeTarget {
  readonly name: string;
  /** Null for JSON. */
  readonly format: NamedExporter | null;
  readonly options: FormatOptions;
}

/** Before the work: what would make it useless after an hour. @throws OptionError */
function targetsOf({ output, format }: Work, to: FormatOptions, { also = [] }: Terms): SpikeTarget[] {
  const name = basename(output);
  const stem = name.slice(0, name.length - endingOf(format).length);
  const names = [name, ...also.map((each) => `${stem}${endingOf(each)}`)];
  const formats = [format, ...also].map((each) => exporters.find((row) => row.name === each) ?? null);
  const unused = Object.keys(to).find((key) => !formats.some((row) => row?.options.includes(key)));
  if (unused !== undefined) {
    const known = formats.flatMap((row) => row?.options ?? []);
    throw new OptionError(
      'options.to…',
      `one of ${known.join(', ') || 'none'} for ${[format, ...also].join(', ')}`,
      unused,
    );
  }
  return formats.map((row, i) => ({
    name: names[i],
    format: row,
    options: Object.fromEntries(Object.entries(to).filter(([key]) => row?.options.includes(key))),
  }));
}

async function writeSpikes(sd: SpikeData, path: string, { format, options }: SpikeTarget): Promise<void> {
  if (!format) return writeFile(path, jsonPieces(sd));
  const { fs_Hz: fsHz } = sd.metadata;
  const known = format.rate && typeof fsHz === 'number' ? { [format.rate]: fsHz } : {};
  await save(format, sd, path, { ...known, ...options });
}

/** One unit at a time: the text of all may be longer than a string can be. */
function* jsonPieces(sd: SpikeData): Generator<string> {
  const { train, ...rest } = sd.toJSON();
  yield JSON.stringify(rest).slice(0, -1);
  yield ',"train":[';
  for (const [row, times] of train.entries()) yield `${row ? ',' : ''}${JSON.stringify(times)}`;
  yield ']}\n';
}

const exporterOptions = [...new Set(exporters.flatMap(({ options }) => options))];

/** `toCompression` is the exporter's `compression`: loaders may have options of the same name. */
function splitOptions({ options }: Work): { given: FormatOptions; to: FormatOptions } {
  const given: FormatOptions = {};
  const to: FormatOptions = {};
  for (const [name, value] of Object.entries(options)) {
    const inner = /^to[A-Z]/.test(name) ? name[2].toLowerCase() + name.slice(3) : '';
    if (exporterOptions.includes(inner)) to[inner] = value;
    else given[name] = value;
  }
  return { given, to };
}

async function identifyInto(target: string, { source, options }: Work, terms: Terms): Promise<Counts> {
  const found = await identify(source, { ...options, ...readingOf(terms) });
  await writeFile(target, `${JSON.stringify(found, null, 2)}\n`);
  const parts = found.flatMap((each) => each.parts);
  const sum = (key: 'units' | 'spikes') => parts.reduce((total, part) => total + (part[key] ?? 0), 0);
  return { units: sum('units'), spikes: sum('spikes') };
}
