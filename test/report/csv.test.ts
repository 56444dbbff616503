import { describe, expect, it } from 'vitest';
import { TrestleError } from '../../src/diagnostics.js';
import { parseCsv } from '../../src/report/csv.js';

const code = (text: string): string => {
  try {
    parseCsv(text, 'sweep.csv');
    return 'none';
  } catch (error) {
    return error instanceof TrestleError ? `${error.diagnostics[0].code} ${error.diagnostics[0].place}` : String(error);
  }
};

describe('a table of comma-separated values', () => {
  it('has columns and rows', () => {
    expect(parseCsv('a,b\n1,2\r\n3,\n', 'x')).toEqual({ place: 'x', columns: ['a', 'b'], rows: [['1', '2'], ['3', '']] });
  });

  it('has quoted values with commas, quotation marks and line ends', () => {
    expect(parseCsv('a,b\n"1,5","say ""no""\nnow"\n', 'x').rows).toEqual([['1,5', 'say "no"\nnow']]);
  });

  it.each([
    ['no text', '', 'T301 sweep.csv'], ['one column', 'a\n1\n', 'T301 sweep.csv'], ['a name twice', 'a,a\n1,2\n', 'T301 sweep.csv'],
    ['no rows', 'a,b\n', 'T301 sweep.csv'], ['a short row', 'a,b\n1,2\n3\n', 'T301 sweep.csv, row 2'], ['an open quotation', 'a,b\n1,"2\n', 'T301 sweep.csv'],
  ])('is refused with %s', (_, text, expected) => {
    expect(code(text)).toBe(expected);
  });
});
