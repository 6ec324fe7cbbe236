/** Options of the library as flags of a command: the same names in kebab case. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { flagOf } from '../loading/identify/identification.js';
import { jsonOrText } from './key-values.js';

/** Given or not; they take no value. */
const switches = new Set([
  'includeNoise',
  'allowNoUnits',
  'anonymous',
  'forcePathStyle',
  'allowPrivateHosts',
  'keepNoise',
  'isolate',
]);
/** Several values with commas between, or a JSON list. */
const lists = new Set([
  'gainsToUv',
  'offsetsToUv',
  'keepLabels',
  'unitIds',
  'columns',
  'windowMs',
  'clusterIds',
  'targetRegions',
  'dataUrls',
]);
/** Text even where it looks like a number. */
const isText = (name: string) =>
  /(Dataset|File|Column|Path|Tsv|Key|KeyId|Token|Url|Base|Dir|Name|dataset|group|version|collection|username|password)$/i.test(
    name,
  );

/** The placeholder in help: the unit, where the name has one. */
function placeholderOf(name: string): string {
  if (lists.has(name)) return '<a,b,…>';
  const unit = /(Hz|Ms|Bytes|Uv|Um|Frequency)$/.exec(name)?.[1].toLowerCase();
  return (
    { hz: '<hz>', frequency: '<hz>', ms: '<ms>', bytes: '<bytes>', uv: '<µV>', um: '<µm>' }[unit ?? ''] ?? '<value>'
  );
}

export function libraryOption(name: string, description = ''): Option {
  if (switches.has(name)) return new Option(flagOf(name), description);
  return new Option(`${flagOf(name)} ${placeholderOf(name)}`, description).argParser((text: string) =>
    valueIn(name, text),
  );
}

function valueIn(name: string, text: string): unknown {
  if (lists.has(name)) {
    const list = text.startsWith('[') ? jsonOrText(text) : text.split(',').map((part) => jsonOrText(part.trim()));
    if (Array.isArray(list)) return list;
    throw new InvalidArgumentError('It must be a list with commas, or a JSON list.');
  }
  return isText(name) ? text : jsonOrText(text);
}

/** Adds those of `names` that the command has not, not shown in its help: `spikelab options` lists them. */
export function addLibraryFlags(command: Command, names: Iterable<string>): Command {
  for (const name of new Set(names)) {
    const taken = command.options.some((option) => option.long === flagOf(name));
    if (!taken) command.addOption(libraryOption(name).hideHelp());
  }
  return command;
}

/** Those of `names` that were given, by their names in the library. */
export function givenOptions(flags: object, names: Iterable<string>): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const name of names) {
    const value = (flags as Record<string, unknown>)[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}
