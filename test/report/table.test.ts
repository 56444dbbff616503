import { describe, expect, it } from 'vitest';
import { styleOf } from '../../src/report/colour.js';
import { shorten, table, wrap } from '../../src/report/table.js';

const lines = (text: string): string[] => text.trimEnd().split('\n');
const escape = String.fromCharCode(27);

describe('tables', () => {
  it('align their columns', () => {
    expect(table([{ head: 'name', name: true }, { head: 'n', align: 'right' }], [['a', '1'], ['bcdefg', '22']])).toBe(
      'name     n\n──────────\na        1\nbcdefg  22\n');
  });

  it('fit 80 columns: long names lose their middle, nothing else does', () => {
    const long = 'stage.0/block.0/'.repeat(8);
    const text = table([{ head: 'name', name: true }, { head: 'kind' }, { head: 'n', align: 'right' }], [[`${long}conv`, 'Convolution', '123,456']]);
    expect(Math.max(...lines(text).map((line) => line.length))).toBe(80);
    expect(text).toMatch(/^stage\.0\/.*….*\/conv {2}Convolution {2}123,456$/m);
  });

  it('share what is too much between names, and leave short ones alone', () => {
    const text = table([{ head: 'a', name: true }, { head: 'b', name: true }], [['x'.repeat(70), 'y'.repeat(20)]]);
    expect(lines(text)[2]).toContain('y'.repeat(20));
    expect(lines(text)[2]?.length).toBe(80);
  });

  it('hold cells and heads of several lines', () => {
    expect(lines(table([{ head: 'rows x\ncolumns' }, { head: 'b' }], [['1\n22', 'c']]))).toEqual(['rows x   b', 'columns', '──────────', '1        c', '22']);
  });

  it('are as wide with colour as without', () => {
    const style = styleOf(true);
    const rows = (painted: boolean) => [['a', painted ? { text: '1.5', paint: style.good } : '1.5'], ['b', '22.5']];
    const columns = [{ head: 'name', name: true as const }, { head: 'dB', align: 'right' as const }];
    const coloured = table(columns, rows(true), style);
    expect(coloured).toContain(escape);
    expect(coloured.replaceAll(new RegExp(`${escape}\\[\\d+m`, 'g'), '')).toBe(table(columns, rows(false)));
  });
});

describe('long texts', () => {
  it('are shortened to the width', () => {
    expect(shorten('abcdefghij', 10)).toBe('abcdefghij');
    expect(shorten('abcdefghijk', 10)).toBe('abcde…hijk');
  });

  it('are wrapped between words', () => {
    const text = wrap(Array.from({ length: 20 }, (_, i) => `Operator${i} 1`));
    expect(lines(text).length).toBe(4);
    expect(lines(text).every((line) => line.length <= 80)).toBe(true);
    expect(text.replaceAll(',\n', ', ').split(', ').length).toBe(20);
    expect(wrap([])).toBe('');
  });
});
