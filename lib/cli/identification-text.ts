/** What `identify` found, for people: what it is, what is in it, what to type next. */
import type { Identification } from '../loading/identify/identification.js';
import { duration } from '../picture/scale.js';
import { tableText } from './table.js';

const kinds: Readonly<Record<Identification['what'], string>> = {
  recording: 'recording',
  sorting: 'sorted or detected spikes',
  both: 'recording and spikes',
  table: 'table',
  pointer: 'pointer to a file elsewhere',
  archive: 'archive',
  unknown: 'not known',
};

export function identificationText(found: readonly Identification[]): string {
  return found.map(one).join('\n\n');
}

function one({ format, readable, what, details, parts, code, shell, advice, findings }: Identification): string {
  const { path, title, ...rest } = details;
  const lines = [String(path), `  ${title ?? format}: ${kinds[what]}${readable ? '' : ', not readable'}`];
  for (const [key, value] of Object.entries(rest)) lines.push(`  ${key}: ${value}`);
  if (parts.length) lines.push(indented(partsTable(parts)));
  for (const { severity, message } of findings)
    lines.push(`  ${severity === 'warning' ? 'warning' : 'note'}: ${message}`);
  if (advice) lines.push(`  what to do: ${advice}`);
  if (shell.length) lines.push('  next:', ...shell.map((line) => `    ${line}`));
  if (code.length) lines.push('  in code:', ...code.map((line) => `    ${line}`));
  return lines.join('\n');
}

const indented = (text: string) => text.replace(/^/gm, '  ');

const columns = [
  ['channels', (value: number) => value.toLocaleString('en-US')],
  ['samples', (value: number) => value.toLocaleString('en-US')],
  ['fsHz', (value: number) => String(Number(value.toPrecision(10)))],
  ['durationMs', (value: number) => duration(value)],
  ['units', (value: number) => value.toLocaleString('en-US')],
  ['spikes', (value: number) => value.toLocaleString('en-US')],
] as const;
const titles = {
  channels: 'channels',
  samples: 'samples',
  fsHz: 'rate (Hz)',
  durationMs: 'duration',
  units: 'units',
  spikes: 'spikes',
};
/** Files of wells and segments may have hundreds. */
const maxRows = 40;

function partsTable(parts: Identification['parts']): string {
  const shown = columns.filter(([key]) => parts.some((part) => part[key] !== undefined));
  const rows = parts.slice(0, maxRows).map((part) => [
    part.name,
    ...shown.map(([key, text]) => {
      const value = part[key];
      return value === undefined ? '–' : text(value);
    }),
  ]);
  const width = process.stdout.columns ? process.stdout.columns - 2 : undefined;
  const table = tableText({ head: ['part', ...shown.map(([key]) => titles[key])], rows, words: [0] }, width);
  return parts.length > maxRows ? `${table}\nand ${parts.length - maxRows} more` : table;
}
