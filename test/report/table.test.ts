import { describe, expect, it } from 'vitest';
import { styleOf } from '../../src/report/colour.js';
import { table, wrap } from '../../src/report/table.js';
import { columnsOf } from '../../src/report/width.js';

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

  it.each([40, 60, 80, 120])('fit a terminal of %i columns, with their numbers whole, whatever the names are', (width) => {
    const style = styleOf(false, width);
    const columns = [{ head: 'layer', name: true as const }, { head: 'core-ops', align: 'right' as const }, { head: 'SQNR dB', align: 'right' as const }];
    for (const name of ['encoder.layers.11.self_attn.out_proj/'.repeat(9), '測試層'.repeat(50), 'e\u0301'.repeat(200)]) {
      const text = lines(table(columns, [[name, '1,234,567', '38.1']], style));
      expect(Math.max(...text.map(columnsOf))).toBeLessThanOrEqual(width);
      expect(columnsOf(text[2]!)).toBeGreaterThan(width - 2);
      expect(text[2]).toMatch(/….* {2}1,234,567 {5}38\.1$/);
    }
  });

  it('share what is too much between names, and leave short ones alone', () => {
    const text = table([{ head: 'a', name: true }, { head: 'b', name: true }], [['x'.repeat(70), 'y'.repeat(20)]]);
    expect(lines(text)[2]).toContain('y'.repeat(20));
    expect(lines(text)[2]?.length).toBe(80);
  });

  it('tell names apart, even where that makes them too wide for the terminal', () => {
    const names = ['fire2/squeeze1x1/Conv', 'fire2/expand1x1/Conv', 'fire2/expand3x3/Conv', 'fire3/expand3x3/Conv'];
    const text = lines(table([{ head: 'layer', name: true }, { head: 'n' }], names.map((name) => [name, '1'.repeat(30)]), styleOf(false, 40)));
    const shown = text.slice(2).map((line) => line.split(' ')[0]);
    expect(shown).toEqual(['fire2/s…1/Conv', 'fire2/e…1/Conv', 'fire2/e…3/Conv', 'fire3/e…3/Conv']);
    // Where no sensible width does it, they are as short as names are elsewhere.
    const alike = [1, 2].map((n) => [`${'a'.repeat(30)}${n}${'b'.repeat(30)}`, '1'.repeat(30)]);
    expect(lines(table([{ head: 'layer', name: true }, { head: 'n' }], alike, styleOf(false, 40)))[2]?.indexOf(' ')).toBe(8);
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
  it('are wrapped between words', () => {
    const text = wrap(Array.from({ length: 20 }, (_, i) => `Operator${i} 1`));
    expect(lines(text).length).toBe(4);
    expect(lines(text).every((line) => line.length <= 80)).toBe(true);
    expect(text.replaceAll(',\n', ', ').split(', ').length).toBe(20);
    expect(lines(wrap(text.split(', '), styleOf(false, 50))).every((line) => line.length <= 50)).toBe(true);
    expect(wrap([])).toBe('');
  });
});
