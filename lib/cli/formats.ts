/** Choosing a format and its options from what stands on the command line. */
import { OptionError } from '../errors.js';
import type { LoadOptions } from '../options.js';
import type { SpikeData } from '../spike-data.js';

interface Format {
  readonly name: string;
  readonly what: string;
  /** By its name, or by what is in a folder. */
  recognises(path: string): boolean;
  /** The option that takes the samples per second, where there is one. */
  readonly rate?: string;
  /** What may be given as key=value. */
  readonly options: readonly string[];
}

/** `never`: the functions take options of their own types, and check the values themselves. */
export interface SourceFormat extends Format {
  readonly load: (source: string, options: never) => Promise<SpikeData>;
}
export interface TargetFormat extends Format {
  readonly save: (sd: SpikeData, path: string, options: never) => Promise<unknown>;
}

/** Options of the library's function, by their names there. */
export type FormatOptions = Record<string, unknown>;

export function load(format: SourceFormat, source: string, options: FormatOptions & LoadOptions): Promise<SpikeData> {
  return (format.load as (source: string, options: FormatOptions) => Promise<SpikeData>)(source, options);
}

export function save(format: TargetFormat, sd: SpikeData, path: string, options: FormatOptions): Promise<unknown> {
  return (format.save as (sd: SpikeData, path: string, options: FormatOptions) => Promise<unknown>)(sd, path, options);
}

/** The format named, or the one that the path looks like. */
export function chooseFormat<F extends Format>(formats: readonly F[], path: string, flag: string, name?: string): F {
  const found = formats.find((format) => (name === undefined ? format.recognises(path) : format.name === name));
  if (found) return found;
  const hint = name === undefined ? `The name ${path} does not tell the format` : '';
  throw new OptionError(flag, `one of ${formats.map((format) => format.name).join(', ')}`, name, hint);
}

/** --fs and key=value as options of one function. A name that it does not know would be passed over in silence there. */
export function optionsFor(format: Format, flag: string, fsHz: number | undefined, given: FormatOptions = {}) {
  for (const key of Object.keys(given)) {
    if (!format.options.includes(key))
      throw new OptionError(flag, `one of ${format.options.join(', ')} for ${format.name}`, key);
  }
  return { ...(fsHz === undefined || !format.rate ? {} : { [format.rate]: fsHz }), ...given };
}

/** Formats and their options, for the help of a command. */
export function listFormats(formats: readonly Format[]): string {
  return formats.map(({ name, what, options }) => `  ${name}: ${what}\n${wrapped(options)}`).join('\n');
}

function wrapped(words: readonly string[]): string {
  const lines = [''];
  for (const word of words) {
    if (lines[lines.length - 1].length + word.length > 70) lines.push('');
    lines[lines.length - 1] += `${word} `;
  }
  return lines.map((line) => `      ${line.trimEnd()}`).join('\n');
}
