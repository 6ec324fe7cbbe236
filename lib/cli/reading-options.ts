/** Options of every command that reads: how far a file is trusted, what it may use, and how remote ones are reached. */
import type { Command } from 'commander';
import type { LoadOptions } from '../core/options.js';
import { addLibraryFlags, givenOptions } from './library-flags.js';

const limits = ['maxFileBytes', 'maxArrayBytes', 'maxUnits', 'maxSpikes', 'maxDepth'];
/** LoadOptions that are no functions and no objects. */
const others = [
  ...[
    'awsAccessKeyId',
    'awsSecretAccessKey',
    'awsSessionToken',
    'regionName',
    'endpointUrl',
    'forcePathStyle',
    'anonymous',
  ],
  ...['remote', 'allowPrivateHosts', 'followLinks'],
];

export const readingOptionNames = [...others, ...limits];

export interface ReadingFlags {
  untrusted?: boolean;
}

export function addReadingOptions(command: Command): Command {
  command.option('--untrusted', 'for files from strangers: read in a confined child process');
  return addLibraryFlags(command, [...readingOptionNames, 'isolate']);
}

export function readingOptions(flags: ReadingFlags & { isolate?: boolean }): LoadOptions {
  const given = givenOptions(flags, limits);
  return {
    ...givenOptions(flags, others),
    ...(Object.keys(given).length ? { limits: given } : {}),
    ...(flags.untrusted || flags.isolate ? { isolate: true } : {}),
  };
}
