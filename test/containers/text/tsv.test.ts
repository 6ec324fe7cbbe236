import { describe, expect, it } from 'vitest';
import { parseTable } from '../../../lib/containers/text/tsv.js';
import { FormatError } from '../../../lib/core/errors.js';

const parse = (text: string) => parseTable(new TextEncoder().encode(text), 't.tsv');

describe('tables of text', () => {
  it.each([
    ['a\tb\n1\t2\n', [['1', '2']]],
    ['a\tb\r\n1\t2\r\n\r\n', [['1', '2']]],
    ['a\tb\r1\t2', [['1', '2']]],
    ['\ufeffa,b\n1,2', [['1', '2']]],
    ['a,b\n"1,5","say ""x"""\n', [['1,5', 'say "x"']]],
    ['a\tb\n"two\nlines"\t3\n', [['two\nlines', '3']]],
    [
      'a\tb\n1\n\t\n \n2\t3\t\t\n',
      [
        ['1', ''],
        ['2', '3'],
      ],
    ],
  ])('%j', (text, rows) => {
    const table = parse(text);
    expect(table.columns).toEqual(['a', 'b']);
    expect(table.rows).toEqual(rows);
  });

  it('takes what is no UTF-8 for Latin-1, and says so', () => {
    const table = parseTable(Buffer.from('a\tb\nZ\xfcrich\t1\n', 'latin1'), 't.tsv');
    expect(table).toMatchObject({ rows: [['Zürich', '1']], encoding: 'latin1' });
    expect(parse('a\tb\nZürich\t1\n')).toMatchObject({ rows: [['Zürich', '1']], encoding: 'utf-8' });
  });

  it('keeps commas of a tab-separated table', () => {
    expect(parse('a\tb\n1,2\t3\n').rows).toEqual([['1,2', '3']]);
  });

  it.each([
    ['an empty file', ''],
    ['blank lines only', '\n\n'],
    ['a quote without end', 'a\tb\n"1\t2\n'],
    ['more cells than columns', 'a\tb\n1\t2\t3\n'],
    ['NUL bytes', 'a\tb\n1\t\0\n'],
    ['an endless line', `a\tb\n${'x'.repeat(1_000_001)}\t1\n`],
    ['endless columns', 'a\t'.repeat(20_000)],
  ])('%s is a FormatError that names the file', (_, text) => {
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow(/t\.tsv/);
  });
});
