/** What a format is to the package: one row of the table. */
import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Draft } from '../loading/identify/identification.js';
import type { Look } from '../loading/identify/look.js';
import type { RecordingFormat } from '../recordings/recording-format.js';
import type { SpikeData } from '../spike-data/spike-data.js';

export interface Format {
  /** As `format`, `--from`, `--to` and `--format` name it. */
  readonly name: string;
  /** What a lab calls it, as in the README's table. */
  readonly title: string;
  /** Reads sorted or detected spikes. */
  readonly load?: Loader;
  /** Opens samples for `openRecording`. */
  readonly recording?: RecordingFormat;
  /** Name of a public function that detects spikes in its samples; `detectSpikes` does for every recording. */
  readonly thresholded?: string;
  /** Writes spikes. */
  readonly save?: Exporter;
  /** Whether a place is this by its content, and what is in it; null where it is something else. Absent for archives. */
  readonly identify?: Identify;
}

/** Reads little, and throws only what is wrong with a file that is of this format. */
export type Identify = (look: Look) => Promise<Draft | null>;

interface Way {
  /** What it reads or writes, for the help of commands. */
  readonly what: string;
  /** Name of the public function. */
  readonly function: string;
  /** The option that takes the samples per second, where there is one. */
  readonly rate?: string;
  /** Names of its own options; those that every loader has come besides. */
  readonly options: readonly string[];
  /** Whether a path looks like it, by its name or by what is in a folder. Absent for what is no file: an archive. */
  readonly recognises?: (path: string) => boolean;
}

/** `never`: the functions take arguments of their own types, and check the values themselves. */
export interface Loader extends Way {
  /** Options that say how the file is laid out, one list a layout: those of one exclude those of the others. */
  readonly layouts?: readonly (readonly string[])[];
  readonly load: (...args: never[]) => Promise<SpikeData>;
}
export interface Exporter extends Way {
  /** What the name of its file ends in, where nobody chose one: '.nwb'; '' of a folder. */
  readonly ending: string;
  readonly save: (sd: SpikeData, path: string, options: never) => Promise<unknown>;
}

export const endsIn =
  (...extensions: string[]) =>
  (path: string): boolean =>
    extensions.includes(extname(path).toLowerCase());

export const folderWith =
  (...files: string[]) =>
  (path: string): boolean =>
    files.some((file) => existsSync(join(path, file)));

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
