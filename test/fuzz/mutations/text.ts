/** Tables and lists of names and values in text: TSV, CSV, params.py, SpikeGLX's .meta. */
import type { Random } from '../../prove/random.js';
import { type Mutation, numberTexts } from './mutation.js';

const odd = [
  '\u0000',
  '"',
  "'",
  '""',
  '\t\t\t',
  '=',
  '\r',
  '\ufeff',
  '#',
  '\\',
  '(',
  '(0)(',
  '%s',
  '__proto__',
  '../x',
  'é',
  '\u{1f9e0}',
];

/** Characters that one change adds. */
const most = 2 ** 22;

const ways: readonly ((lines: string[], random: Random) => void)[] = [
  (lines, random) => changeNumber(lines, random),
  (lines, random) => changeNumber(lines, random),
  (lines, random) => lines.splice(random.int(0, lines.length - 1), random.int(1, 3)),
  (lines, random) => {
    const [times, line] = [random.pick([1, 2, 1000]), random.pick(lines)];
    lines.splice(random.int(0, lines.length), 0, ...Array(line.length * times > most ? 1 : times).fill(line));
  },
  (lines, random) => changeField(lines, random, (fields, at) => fields.splice(at, 1)),
  (lines, random) => changeField(lines, random, (fields, at) => fields.splice(at, 0, fields[at])),
  (lines, random) =>
    changeField(lines, random, (fields, at) => fields.splice(at, 1, random.pick([...odd, ...numberTexts]))),
  (lines, random) =>
    changeField(lines, random, (fields, at) => fields.splice(at, 1, fields[random.int(0, fields.length - 1)])),
  (lines, random) => changeLine(lines, random, (line) => repeated(line, random.pick([2, 100, 20_000]))),
  (lines, random) => changeLine(lines, random, (line) => line.slice(0, random.int(0, line.length)) + random.pick(odd)),
  (lines, random) => lines.reverse() && random.int(0, 1),
];

/** Again and again, where the file stays one of megabytes. */
const repeated = (line: string, times: number) => (line.length * times > most ? line : line.repeat(times));

function changeLine(lines: string[], random: Random, change: (line: string) => string): void {
  // the first line of a table is its header
  const at = random.chance(0.3) ? 0 : random.int(0, lines.length - 1);
  lines[at] = change(lines[at]);
}

function changeField(lines: string[], random: Random, change: (fields: string[], at: number) => void): void {
  changeLine(lines, random, (line) => {
    const separator = ['\t', ',', '=', ' '].find((mark) => line.includes(mark)) ?? ' ';
    const fields = line.split(separator);
    change(fields, random.int(0, fields.length - 1));
    return fields.join(separator);
  });
}

function changeNumber(lines: string[], random: Random): void {
  const withNumbers = lines.flatMap((line, i) => (/\d/.test(line) ? [i] : []));
  if (withNumbers.length === 0) return;
  const at = random.pick(withNumbers);
  const numbers = lines[at].match(/-?\d+(\.\d+)?/g)?.length ?? 0;
  let skip = random.int(0, numbers - 1);
  lines[at] = lines[at].replace(/-?\d+(\.\d+)?/g, (old) => (skip-- === 0 ? random.pick(numberTexts) : old));
}

export const text: Mutation = {
  name: 'text',
  fits: (path, bytes) => bytes.length > 1 && /\.(tsv|csv|py|meta|txt)$/.test(path),
  mutate(bytes, random) {
    const whole = bytes.toString('latin1');
    const end = whole.includes('\r\n') ? '\r\n' : '\n';
    const lines = whole.split(end);
    for (let left = random.int(1, 3); left > 0; left--) {
      if (lines.length > 0) random.pick(ways)(lines, random);
    }
    return Buffer.from(lines.join(random.chance(0.9) ? end : random.pick(['\r', '\r\n', '\n', '\n\n'])), 'latin1');
  },
};
